package org.ollamaorchestrator.gateway.scheduling;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The step that is under way: when it happens, and what is to be done because of it. Shared by the parts of the core. */
final class Step {

    private Instant now = Instant.MIN;
    private List<Effect> effects = new ArrayList<>();

    void begin(Instant at) {
        now = at;
        effects = new ArrayList<>();
    }

    Instant now() {
        return now;
    }

    void effect(Effect effect) {
        effects.add(effect);
    }

    List<Effect> effects() {
        return effects;
    }
}
