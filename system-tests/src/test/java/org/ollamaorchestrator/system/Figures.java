package org.ollamaorchestrator.system;

import com.google.errorprone.annotations.FormatMethod;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Times that a run shows and no test asserts. */
final class Figures {

    private Figures() {}

    @FormatMethod
    static void show(String format, Object... values) {
        System.out.println("figure: " + format.formatted(values));
    }

    static long millisSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** The wall clock as the simulator writes it down. */
    static long epochNanos() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }
}
