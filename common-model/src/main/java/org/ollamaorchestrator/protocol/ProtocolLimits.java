package org.ollamaorchestrator.protocol;

import java.util.Objects;

/** The greatest sizes on the agents' wire, the same on both sides. */
public final class ProtocolLimits {

    /** Jobs and lines over this many bytes travel in parts, so that no frame keeps others waiting for long. */
    public static final int FRAME_BYTES_MAX = 64 * 1024;

    /** The greatest message a peer takes: a catalog of some two thousand models still fits into one {@code register}. */
    public static final int MESSAGE_BYTES_MAX = 1024 * 1024;

    /** A longer line of Ollama's ends its job, never the connection. */
    public static final int LINE_BYTES_MAX = 64 * 1024 * 1024;

    /** The seed's agent refuses WebSocket messages over 1 MiB: a version 1 job stays below that. */
    public static final int VERSION_1_JOB_BYTES_MAX = 1_000_000;

    private static final int IDENTIFIER_CHARS_MAX = 128;

    private ProtocolLimits() {}

    /** @throws IllegalArgumentException if {@code value} is blank or too long to be an identifier */
    static String identifier(String field, String value) {
        Objects.requireNonNull(value, field);
        if (value.isBlank()) {
            throw new IllegalArgumentException(field + " is blank");
        }
        if (value.length() > IDENTIFIER_CHARS_MAX) {
            throw new IllegalArgumentException(field + " is longer than " + IDENTIFIER_CHARS_MAX + " characters");
        }
        return value;
    }
}
