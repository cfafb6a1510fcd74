package org.ollamaorchestrator.gateway.api.stream;

import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.scheduling.Priority;

/**
 * How a client wants its request served, as its headers say: the same in all dialects.
 *
 * @param within the time it gives from the arrival to the end of the answer
 * @param tellsPosition whether it wants to be told where it stands in the queue
 */
record RequestTerms(Optional<Priority> priority, Optional<Duration> within, boolean tellsPosition) {

    static final String TIMEOUT = "x-request-timeout";
    static final String QUEUE = "x-orchestrator-queue";
    static final String PRIORITY = "x-orchestrator-priority";

    private static final double SECONDS_MAX = Duration.ofDays(1).toSeconds();

    /** @throws ClientErrorException naming the header that cannot be understood */
    static RequestTerms of(RoutingContext context) {
        return new RequestTerms(
                priority(context.request().getHeader(PRIORITY)),
                within(context.request().getHeader(TIMEOUT)),
                tellsPosition(context.request().getHeader(QUEUE)));
    }

    private static boolean tellsPosition(@Nullable String value) {
        if (value != null && !value.strip().equals("events")) {
            throw ClientErrorException.badField(QUEUE, "is not \"events\"");
        }
        return value != null;
    }

    private static Optional<Priority> priority(@Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        Optional<Priority> priority = Priority.ofWireName(value.strip());
        if (priority.isEmpty()) {
            throw ClientErrorException.badField(PRIORITY, "is not one of high, normal and low");
        }
        return priority;
    }

    private static Optional<Duration> within(@Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        double seconds = seconds(value.strip());
        if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
            throw ClientErrorException.badField(TIMEOUT, "is not a number of seconds, more than 0 and at most a day");
        }
        return Optional.of(Duration.ofMillis(Math.max(1, Math.round(seconds * 1_000))));
    }

    private static double seconds(String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }
}
