package org.ollamaorchestrator.gateway.api.openai;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Puts {@code openai-processing-ms} on every answer, errors too: how long it took until the answer's head went out. */
@Singleton
public class ProcessingTime {

    private static final String HEADER = "openai-processing-ms";

    private static final int PRIORITY = 800;

    private final OpenAiErrors dialect;

    ProcessingTime(OpenAiErrors dialect) {
        this.dialect = dialect;
    }

    void register(@Observes Filters filters) {
        filters.register(this::mark, PRIORITY);
    }

    private void mark(RoutingContext context) {
        if (dialect.covers(context.normalizedPath())) {
            long start = System.nanoTime();
            context.addHeadersEndHandler(
                    ignored -> context.response().putHeader(HEADER, String.valueOf(millisSince(start))));
        }
        context.next();
    }

    private static long millisSince(long start) {
        return Duration.ofNanos(System.nanoTime() - start).toMillis();
    }
}
