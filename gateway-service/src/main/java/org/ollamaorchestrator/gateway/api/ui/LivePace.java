package org.ollamaorchestrator.gateway.api.ui;

import java.time.Duration;

/** How long to wait for the next changes: a quarter of a second, or longer if there is so much that viewers would get too much. */
final class LivePace {

    /** The most that a viewer gets in a second, on the average, of changes. */
    static final int BYTES_PER_SECOND = 40_000;

    private static final Duration LEAST = Duration.ofMillis(250);

    private LivePace() {}

    /** @param bytes of the changes that were just told to whoever got most */
    static Duration after(int bytes) {
        Duration needed = Duration.ofMillis(bytes * 1000L / BYTES_PER_SECOND);
        return needed.compareTo(LEAST) > 0 ? needed : LEAST;
    }
}
