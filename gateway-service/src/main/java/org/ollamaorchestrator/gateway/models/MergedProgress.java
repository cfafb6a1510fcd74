package org.ollamaorchestrator.gateway.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.gateway.models.PartState.Done;
import org.ollamaorchestrator.gateway.models.PartState.Failed;
import org.ollamaorchestrator.gateway.models.PartState.Waiting;
import org.ollamaorchestrator.gateway.models.Progress.Layer;
import org.ollamaorchestrator.gateway.models.Progress.Said;
import org.ollamaorchestrator.gateway.models.Progress.StepTaken;

/**
 * Several agents' progress as the lines that one Ollama would send: each layer once, with its bytes summed over the agents,
 * each step when the first agent takes it. It remembers what it has told, so moments may be left out; one for each reader.
 */
public final class MergedProgress {

    private final Set<String> stepsTold = new HashSet<>();
    private final Map<String, Layer> layersTold = new HashMap<>();
    private final Map<String, String> troublesTold = new HashMap<>();

    /** What is new since the last moment; the last line of all, once it is over. */
    public List<String> linesAt(ModelOperation operation) {
        var lines = new ArrayList<ObjectNode>();
        merged(operation).forEach((key, said) -> {
            switch (said) {
                case StepTaken step -> {
                    if (stepsTold.add(key)) {
                        lines.add(status(step.status()));
                    }
                }
                case Layer layer -> {
                    if (!layer.equals(layersTold.put(key, layer))) {
                        lines.add(status(layer.status())
                                .put("digest", layer.digest())
                                .put("total", layer.total())
                                .put("completed", layer.completed()));
                    }
                }
            }
        });
        operation.parts().forEach(part -> addTrouble(part, operation, lines));
        if (operation.isOver()) {
            lines.add(last(operation));
        }
        return lines.stream().map(ObjectNode::toString).toList();
    }

    private static Map<String, Said> merged(ModelOperation operation) {
        var merged = new LinkedHashMap<String, Said>();
        for (Part part : operation.parts()) {
            part.progress().said().forEach((key, said) -> merged.merge(key, said, MergedProgress::together));
        }
        return merged;
    }

    private static Said together(Said one, Said other) {
        return one instanceof Layer layer && other instanceof Layer more
                ? new Layer(
                        layer.status(),
                        layer.digest(),
                        layer.total() + more.total(),
                        layer.completed() + more.completed())
                : one;
    }

    /** An agent that has trouble is told once for each trouble; the others go on. One agent's failure is the last line. */
    private void addTrouble(Part part, ModelOperation operation, List<ObjectNode> lines) {
        String trouble = switch (part.state()) {
            case Waiting waiting -> waiting.why().isEmpty() ? "" : waiting.why() + "; it will be tried again";
            case Failed failed -> operation.parts().size() == 1 ? "" : ModelOperation.problemOf(part);
            case PartState.Running running -> "";
            case Done done -> "";
            case PartState.Cancelled cancelled -> "";
        };
        if (!trouble.isEmpty() && !trouble.equals(troublesTold.put(part.agent().value(), trouble))) {
            lines.add(status("agent " + part.name() + ": " + trouble));
        }
    }

    private static ObjectNode last(ModelOperation operation) {
        return operation.state() == ModelOperation.State.DONE
                ? status("success")
                : JsonNodeFactory.instance.objectNode().put("error", operation.problem());
    }

    private static ObjectNode status(String text) {
        return JsonNodeFactory.instance.objectNode().put("status", text);
    }
}
