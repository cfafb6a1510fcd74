package org.ollamaorchestrator.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;

/** The codes of {@code job_error}. */
public enum JobErrorCode {
    NO_SLOT,
    DRAINING,
    MODEL_NOT_FOUND,
    OLLAMA_UNREACHABLE,
    OLLAMA_ERROR,
    BAD_REQUEST,
    DEADLINE,
    CANCELLED;

    @JsonValue
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for a code of a later version; the message's other fields then say what happened. */
    public static Optional<JobErrorCode> ofWireName(String name) {
        for (JobErrorCode code : values()) {
            if (code.wireName().equals(name)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
