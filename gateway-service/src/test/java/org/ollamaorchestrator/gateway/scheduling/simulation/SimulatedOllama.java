package org.ollamaorchestrator.gateway.scheduling.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;

/** Loads, reads prompts, and streams lines, each in its time; or fails in every way that Ollama knows. */
final class SimulatedOllama {

    /** What becomes of one call. */
    enum Fate {
        WELL,
        ANSWERS_503,
        RESETS,
        HANGS,
        BREAKS_MIDWAY,
        STALLS_MIDWAY
    }

    /** Who made a call hears of it here. */
    interface Listener {
        void line();

        void completed();

        void failed(JobFailure failure);
    }

    private final VirtualTime time;
    private final int slots;
    private final int modelsMax;
    private final Map<ModelName, Long> loadTimes;
    private final Set<ModelName> loaded = new LinkedHashSet<>();
    private final Set<Call> calls = new LinkedHashSet<>();
    private boolean up = true;
    private double faults;

    SimulatedOllama(VirtualTime time, int slots, int modelsMax, Map<ModelName, Long> loadTimes) {
        this.time = time;
        this.slots = slots;
        this.modelsMax = modelsMax;
        this.loadTimes = new LinkedHashMap<>(loadTimes);
    }

    Set<ModelName> models() {
        return loadTimes.keySet();
    }

    Set<ModelName> loaded() {
        return loaded;
    }

    boolean isUp() {
        return up;
    }

    /** @param probability of a fate that is not well */
    void faults(double probability) {
        faults = probability;
    }

    void goDown() {
        up = false;
        loaded.clear();
        for (Call call : List.copyOf(calls)) {
            call.fail(
                    call.lines == 0
                            ? new JobFailure.OllamaUnreachable("connection reset")
                            : new JobFailure.OllamaBroke("connection reset"));
        }
    }

    void comeUp() {
        up = true;
    }

    /** Whatever hangs will never answer: somebody restarts it. */
    void heal() {
        faults = 0;
        for (Call call : List.copyOf(calls)) {
            call.fate = Fate.WELL;
            if (call.stuck) {
                call.fail(new JobFailure.OllamaBroke("restarted"));
            }
        }
        comeUp();
    }

    Call call(Work work, Listener listener) {
        var call = new Call(work, listener);
        if (!up) {
            time.after(1, () -> call.fail(new JobFailure.OllamaUnreachable("connection refused")));
            return call;
        }
        calls.add(call);
        if (work.takesSlot()) {
            long busy = calls.stream().filter(each -> each.work.takesSlot()).count();
            if (busy > slots) {
                throw new AssertionError(busy + " requests at an Ollama with " + slots + " slots");
            }
        }
        call.begin(time.chance(faults) ? time.oneOf(List.of(Fate.values())) : Fate.WELL);
        return call;
    }

    /** One request at this Ollama. */
    final class Call {
        private final Work work;
        private final Listener listener;
        private Fate fate = Fate.WELL;
        private boolean over;
        private boolean stuck;
        private int lines;

        Call(Work work, Listener listener) {
            this.work = work;
            this.listener = listener;
        }

        private void begin(Fate newFate) {
            fate = newFate;
            switch (fate) {
                case ANSWERS_503 ->
                    time.after(time.between(1, 20), () -> fail(new JobFailure.OllamaAnswered(503, null, "busy")));
                case RESETS ->
                    time.after(time.between(1, 5_000), () -> fail(new JobFailure.OllamaUnreachable("reset")));
                case HANGS -> stuck = true;
                case WELL, BREAKS_MIDWAY, STALLS_MIDWAY -> load();
            }
        }

        private void load() {
            if (!work.usesModel() || loaded.contains(work.model())) {
                used();
                time.after(work.prefillMillis(), this::line);
            } else {
                time.after(loadTimes.getOrDefault(work.model(), 1_000L), () -> {
                    if (!over) {
                        used();
                        time.after(work.prefillMillis(), this::line);
                    }
                });
            }
        }

        private void used() {
            if (!work.usesModel()) {
                return;
            }
            loaded.remove(work.model());
            var idle = new ArrayList<>(loaded);
            calls.forEach(call -> idle.remove(call.work.model()));
            while (loaded.size() >= modelsMax && !idle.isEmpty()) {
                loaded.remove(idle.removeFirst());
            }
            loaded.add(work.model());
        }

        private void line() {
            if (over) {
                return;
            }
            if (lines > 0 && fate == Fate.STALLS_MIDWAY) {
                stuck = true;
                return;
            }
            if (lines > 0 && fate == Fate.BREAKS_MIDWAY) {
                // A failure that would be worth another try, had it come before the first line.
                fail(new JobFailure.OllamaUnreachable("reset"));
                return;
            }
            lines++;
            listener.line();
            if (lines < work.lines()) {
                time.after(work.lineMillis(), this::line);
            } else {
                end();
                listener.completed();
            }
        }

        private void fail(JobFailure failure) {
            if (!over) {
                end();
                listener.failed(failure);
            }
        }

        private void end() {
            over = true;
            calls.remove(this);
        }

        /** Its caller died, and its connection with it. */
        void abandon() {
            end();
        }

        /** Closes the connection; the slot of Ollama is free a moment later. */
        void cancel(long lag, Runnable closed) {
            if (over) {
                closed.run();
                return;
            }
            over = true;
            time.after(lag, () -> {
                calls.remove(this);
                closed.run();
            });
        }
    }
}
