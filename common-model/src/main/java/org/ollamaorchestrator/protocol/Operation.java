package org.ollamaorchestrator.protocol;

import java.util.Locale;
import java.util.Optional;

/** What an agent can be asked to do at its Ollama. The set is closed: a gateway names an operation, never a path. */
public enum Operation {
    CHAT(true, true),
    GENERATE(true, true),
    /** Brings a model into memory: a generation without a prompt or, for an embedding model, an empty input. */
    LOAD(true, false),
    EMBED(true, false),
    /** The older form of {@link #EMBED}, with one vector that is not normalised. */
    EMBEDDINGS(true, false),
    SHOW(false, false);

    private final boolean takesSlot;
    private final boolean endsWithDone;

    Operation(boolean takesSlot, boolean endsWithDone) {
        this.takesSlot = takesSlot;
        this.endsWithDone = endsWithDone;
    }

    /** Whether an answer is whole with a line that says {@code "done":true}; else it is with the end of its body. */
    public boolean endsWithDone() {
        return endsWithDone;
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
