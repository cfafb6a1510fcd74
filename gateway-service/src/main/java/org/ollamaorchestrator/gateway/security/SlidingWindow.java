package org.ollamaorchestrator.gateway.security;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How much was used in the last while, whenever one looks: unlike a bucket that refills, no stretch of that length ever
 * holds more than the limit. For one thread at a time.
 */
final class SlidingWindow {

    /** Something used, to correct it by when the true figure is known. */
    static final class Use {
        private final Instant at;
        private long amount;
        private boolean gone;

        private Use(Instant at, long amount) {
            this.at = at;
            this.amount = amount;
        }
    }

    private final long limit;
    private final Duration length;
    private final Deque<Use> uses = new ArrayDeque<>();
    private long used;

    /** @param limit 0 for none */
    SlidingWindow(long limit, Duration length) {
        this.limit = limit;
        this.length = length;
    }

    boolean isLimited() {
        return limit > 0;
    }

    /** Whether there is room: for all of it, or for anything at all if it is more than ever fits. */
    boolean fits(long amount, Instant now) {
        forget(now);
        return limit == 0 || used + amount <= limit || (used == 0 && amount > limit);
    }

    Use use(long amount, Instant now) {
        forget(now);
        var use = new Use(now, amount);
        if (limit > 0) {
            uses.add(use);
            used += amount;
        }
        return use;
    }

    void correct(Use use, long amount) {
        if (!use.gone && limit > 0) {
            used += amount - use.amount;
        }
        use.amount = amount;
    }

    long limit() {
        return limit;
    }

    long left(Instant now) {
        forget(now);
        return Math.max(0, limit - used);
    }

    /** How long until an amount fits, if nothing else is used. */
    Duration untilFits(long amount, Instant now) {
        forget(now);
        long excess = used + Math.min(amount, limit) - limit;
        for (Use use : uses) {
            if (excess <= 0) {
                break;
            }
            excess -= use.amount;
            if (excess <= 0) {
                return Duration.between(now, use.at.plus(length));
            }
        }
        return Duration.ZERO;
    }

    /** How long until nothing of it is used. */
    Duration untilEmpty(Instant now) {
        forget(now);
        return uses.isEmpty()
                ? Duration.ZERO
                : Duration.between(now, uses.getLast().at.plus(length));
    }

    private void forget(Instant now) {
        while (!uses.isEmpty() && !uses.getFirst().at.plus(length).isAfter(now)) {
            Use use = uses.removeFirst();
            use.gone = true;
            used -= use.amount;
        }
    }
}
