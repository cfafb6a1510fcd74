package org.ollamaorchestrator.protocol;

import java.util.Locale;
import java.util.Optional;

/** What an agent can be asked to do at its Ollama. The set is closed: a gateway names an operation, never a path. */
public enum Operation {
    CHAT(true, LastLine.DONE),
    GENERATE(true, LastLine.DONE),
    /** Brings a model into memory: a generation without a prompt or, for an embedding model, an empty input. */
    LOAD(true, LastLine.ANY),
    EMBED(true, LastLine.ANY),
    /** The older form of {@link #EMBED}, with one vector that is not normalised. */
    EMBEDDINGS(true, LastLine.ANY),
    SHOW(false, LastLine.ANY),
    /** Fetches a model from a registry. */
    PULL(false, LastLine.SUCCESS),
    DELETE(false, LastLine.ANY),
    /** Gives a model a second name. */
    COPY(false, LastLine.ANY),
    /** Makes a model from another one. */
    CREATE(false, LastLine.SUCCESS),
    /** Sends a model to a registry. */
    PUSH(false, LastLine.SUCCESS);

    /** By what one knows that an answer is whole. */
    public enum LastLine {
        /** By a line that says {@code "done":true}. */
        DONE,
        /** By a line that says {@code "status":"success"}. */
        SUCCESS,
        /** By the end of its body, whatever the last line says. */
        ANY
    }

    private final boolean takesSlot;
    private final LastLine lastLine;

    Operation(boolean takesSlot, LastLine lastLine) {
        this.takesSlot = takesSlot;
        this.lastLine = lastLine;
    }

    public LastLine lastLine() {
        return lastLine;
    }

    /** Whether its answer is text that a model generates. */
    public boolean generates() {
        return lastLine == LastLine.DONE;
    }

    /** Whether the operation keeps Ollama's model busy, and so counts against the agent's slots. */
    public boolean takesSlot() {
        return takesSlot;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What OpenTelemetry's conventions for generative AI call it; where they have no word for it, ours. */
    public String conventionalName() {
        return switch (this) {
            case CHAT -> "chat";
            case GENERATE -> "text_completion";
            case EMBED, EMBEDDINGS -> "embeddings";
            case LOAD, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> wireName();
        };
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
