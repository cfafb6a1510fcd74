package org.ollamaorchestrator.simulator;

/** What a script makes of a request that has its turn: the one decision its many fields come down to. */
sealed interface Course {
    /** Never a byte. */
    record Hang() implements Course {}

    /** An error instead of the first line. */
    record Refuse(int status, String body) implements Course {}

    /** A recorded answer's bytes. */
    record Replay(int status, String contentType, String body) implements Course {}

    /** Tokens, as many as {@code upTo} at most, and then the end. */
    record Speak(int upTo, End end) implements Course {}

    enum End {
        /** The last line, properly. */
        FINISH,
        /** Ollama's error line in place of the last one, as when its runner was killed. */
        ERROR,
        /** Silence with the connection open. */
        STALL,
        /** FIN without the 0-chunk. */
        CUT,
        /** RST. */
        RESET
    }
}
