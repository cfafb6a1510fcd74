package org.ollamaorchestrator.agent.connection;

import java.time.Duration;

/**
 * How long to wait before the next attempt: at once after the first failure, then exponentially longer with full jitter,
 * so that a thousand agents of one gateway don't come back as one.
 *
 * @param max the longest wait
 */
public record Backoff(Duration max) {

    private static final Duration FIRST = Duration.ofMillis(200);
    private static final int DOUBLINGS_MAX = 20;

    public Backoff {
        if (max.isNegative() || max.isZero()) {
            throw new IllegalArgumentException("the longest wait is not positive");
        }
    }

    /**
     * @param failures how many attempts have failed in a row, from 1
     * @param random from 0 (inclusive) to 1 (exclusive)
     */
    public Duration delay(int failures, double random) {
        if (failures <= 1) {
            return Duration.ZERO;
        }
        long ceiling = FIRST.toMillis() << Math.min(failures - 2, DOUBLINGS_MAX);
        return Duration.ofMillis((long) (Math.min(ceiling, max.toMillis()) * random));
    }
}
