package org.ollamaorchestrator.simulator;

import java.time.Instant;

/** Wall-clock time as one number, for stamps that another process on the same machine compares with its own clock. */
final class EpochNanos {
    private EpochNanos() {}

    static long now() {
        return of(Instant.now());
    }

    static long of(Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
