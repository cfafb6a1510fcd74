package org.ollamaorchestrator.gateway.scheduling;

import java.util.Locale;
import java.util.Optional;

/** Who goes first in the queue. Waiting raises a request, so that nobody waits for ever behind a higher one. */
public enum Priority {
    HIGH(0),
    NORMAL(1),
    LOW(2);

    private final int rank;

    Priority(int rank) {
        this.rank = rank;
    }

    /** The lower, the sooner. */
    int rank() {
        return rank;
    }

    /** Whether this one goes first. */
    public boolean isBefore(Priority other) {
        return rank < other.rank;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty for what is none of them. */
    public static Optional<Priority> ofWireName(String name) {
        for (Priority priority : values()) {
            if (priority.wireName().equals(name)) {
                return Optional.of(priority);
            }
        }
        return Optional.empty();
    }
}
