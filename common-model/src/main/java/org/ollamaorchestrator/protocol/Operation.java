package org.ollamaorchestrator.protocol;

import java.util.Locale;
import java.util.Optional;

/** What an agent can be asked to do at its Ollama. The set is closed: a gateway names an operation, never a path. */
public enum Operation {
    CHAT(true),
    GENERATE(true);

    private final boolean takesSlot;

    Operation(boolean takesSlot) {
        this.takesSlot = takesSlot;
    }

    /** Whether the operation keeps Ollama's model busy, and so counts against the agent's slots. */
    public boolean takesSlot() {
        return takesSlot;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for an operation that this version does not know: the job is answered {@code bad_request}. */
    public static Optional<Operation> ofWireName(String name) {
        for (Operation operation : values()) {
            if (operation.wireName().equals(name)) {
                return Optional.of(operation);
            }
        }
        return Optional.empty();
    }
}
