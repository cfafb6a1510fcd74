package org.ollamaorchestrator.system;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/** How long tests wait for what must happen: bounds that only a failure reaches, never a measure of speed. */
final class Patience {
    static final Duration FOR_AN_EVENT = Duration.ofSeconds(10);
    static final Duration FOR_A_START = Duration.ofSeconds(20);

    private static final Duration LOOK_EVERY = Duration.ofMillis(20);

    private Patience() {}

    static void until(String what, BooleanSupplier condition) {
        within(FOR_AN_EVENT, what, condition);
    }

    static void within(Duration bound, String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .atMost(bound)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK_EVERY)
                .until(condition::getAsBoolean);
    }

    /** Waits until there is one. */
    static <T> T untilFound(String what, Supplier<Optional<T>> search) {
        return Awaitility.await(what)
                .atMost(FOR_AN_EVENT)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK_EVERY)
                .until(search::get, Optional::isPresent)
                .orElseThrow();
    }

    /** Waits until the assertion holds; what is not an {@link AssertionError} ends the waiting at once. */
    static void untilHolds(String what, Runnable assertion) {
        Awaitility.await(what)
                .atMost(FOR_AN_EVENT)
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK_EVERY)
                .untilAsserted(assertion::run);
    }
}
