package org.ollamaorchestrator.simulator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Which script answers a request: its own, the next one-shot, its model's, the simulator's. Owned by the event loop. */
final class ScriptBook {
    private final Deque<Script> once = new ArrayDeque<>();
    private final Map<String, Script> byModel = new HashMap<>();
    private Script standard = Script.defaults();

    void enqueue(Script script) {
        once.add(script);
    }

    void put(String model, Script script) {
        byModel.put(ModelNames.tagged(model), script);
    }

    void standard(Script script) {
        standard = script;
    }

    Script next(Ask ask) {
        if (ask.script() != null) {
            return ask.script();
        }
        // A load or an unload on the way must not use up what was meant for the next answer.
        Script scripted = ask.speaks() ? once.poll() : null;
        return scripted == null ? byModel.getOrDefault(ModelNames.tagged(ask.model()), standard) : scripted;
    }
}
