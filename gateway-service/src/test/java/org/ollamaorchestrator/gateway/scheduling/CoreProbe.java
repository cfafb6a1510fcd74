package org.ollamaorchestrator.gateway.scheduling;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;

/** The core, for tests of other packages: what its loop may do with it, and a look at its books. */
@NullMarked
public final class CoreProbe {

    private final Core core;

    public CoreProbe(SchedulingPolicy policy) {
        core = new Core(policy);
    }

    public List<Effect> step(CoreEvent event, Instant at) {
        return core.step(event, at);
    }

    public Optional<Instant> wakeAt() {
        return core.wakeAt();
    }

    public FleetView view() {
        return core.view();
    }

    public QueueView queueView(Instant at) {
        return core.queueView(at);
    }

    /** @throws AssertionError if the core's books contradict each other */
    public void check() {
        Books books = core.books();
        if (!books.agree()) {
            throw new AssertionError("the books of the core do not agree: " + books);
        }
        core.view().agents().forEach(agent -> {
            if (agent.active() > agent.profile().slots()) {
                throw new AssertionError("more jobs than slots: " + agent);
            }
        });
    }

    /** @throws AssertionError if anything is left of what was */
    public void checkQuiet() {
        Books books = core.books();
        if (!books.areEmpty()) {
            throw new AssertionError("something is left: " + books);
        }
    }
}
