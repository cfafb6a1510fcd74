package org.ollamaorchestrator.gateway.api.stream;

import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.jobs.Terms;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.Share;

/** How a client wants its request served, as its headers say: the same in all dialects. */
final class RequestTerms {

    static final String TIMEOUT = "x-request-timeout";
    static final String QUEUE = "x-orchestrator-queue";
    static final String PRIORITY = "x-orchestrator-priority";

    private static final double SECONDS_MAX = Duration.ofDays(1).toSeconds();

    private RequestTerms() {}

    /** @throws ClientErrorException naming the header that cannot be understood */
    static Terms of(RoutingContext context) {
        return new Terms(
                Share.anonymous(priority(context.request().getHeader(PRIORITY))),
                within(context.request().getHeader(TIMEOUT)),
                tellsPosition(context.request().getHeader(QUEUE)));
    }

    private static boolean tellsPosition(@Nullable String value) {
        if (value != null && !value.strip().equals("events")) {
            throw ClientErrorException.badField(QUEUE, "is not \"events\"");
        }
        return value != null;
    }

    private static Priority priority(@Nullable String value) {
        if (value == null) {
            return Priority.NORMAL;
        }
        return Priority.ofWireName(value.strip())
                .orElseThrow(() -> ClientErrorException.badField(PRIORITY, "is not one of high, normal and low"));
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
