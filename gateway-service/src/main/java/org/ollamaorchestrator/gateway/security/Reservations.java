package org.ollamaorchestrator.gateway.security;

import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What requests without an end may use at most, each: as little memory as they have different bounds. Guarded by the
 * lock of the one {@link Allowance} that has it.
 */
final class Reservations {

    /** How many requests have which bound. */
    private final TreeMap<Long, Integer> bounded = new TreeMap<>();

    private long boundedSum;
    private int unbounded;

    /** @param most what a request may use; empty if nobody knows a bound */
    void add(OptionalLong most) {
        if (most.isPresent()) {
            boundedSum += most.getAsLong();
            bounded.merge(most.getAsLong(), 1, Integer::sum);
        } else {
            unbounded++;
        }
    }

    /** @param most as it was added */
    void remove(OptionalLong most) {
        if (most.isPresent()) {
            boundedSum -= most.getAsLong();
            bounded.computeIfPresent(most.getAsLong(), (bound, count) -> count == 1 ? null : count - 1);
        } else {
            unbounded--;
        }
    }

    void clear() {
        bounded.clear();
        boundedSum = 0;
        unbounded = 0;
    }

    /** What all of them may use but the one that may use the most; {@link Long#MAX_VALUE} if that has no bound. */
    long allButTheGreatest() {
        return switch (unbounded) {
            case 0 -> bounded.isEmpty() ? 0 : boundedSum - bounded.lastKey();
            case 1 -> boundedSum;
            default -> Long.MAX_VALUE;
        };
    }
}
