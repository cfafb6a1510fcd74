package org.ollamaorchestrator.gateway.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.UUID;
import java.util.regex.Pattern;

/** Puts {@code x-request-id} on every answer: the client's own if it is sane, else a new one. */
@Singleton
public class RequestIds {

    public static final String HEADER = "x-request-id";

    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private static final int PRIORITY = 900;

    private static final String KEY = RequestIds.class.getName();

    void register(@Observes Filters filters) {
        filters.register(RequestIds::mark, PRIORITY);
    }

    private static void mark(RoutingContext context) {
        String own = context.request().getHeader(HEADER);
        String id = own != null && SANE.matcher(own).matches()
                ? own
                : "req_" + UUID.randomUUID().toString().replace("-", "");
        context.put(KEY, id);
        context.response().putHeader(HEADER, id);
        context.next();
    }

    public static String of(RoutingContext context) {
        String id = context.get(KEY);
        return id == null ? "" : id;
    }
}
