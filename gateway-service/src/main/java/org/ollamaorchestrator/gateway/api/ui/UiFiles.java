package org.ollamaorchestrator.gateway.api.ui;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * The way to the files of the web UI, which Quarkus serves from {@code META-INF/resources/ui}, and the headers that they go
 * out with: no script but our own runs there, and nothing is asked of anybody but this gateway.
 */
@Singleton
public class UiFiles {

    /** Before anybody is asked for a key: the files are for everybody, and the page itself asks for one. */
    private static final int PRIORITY = 850;

    private static final int FOUND = 302;

    private static final String HOME = "/ui/";

    private final String policy;

    UiFiles() {
        this.policy = ContentPolicy.of(UiPage.read());
    }

    void register(@Observes Filters filters) {
        filters.register(this::route, PRIORITY);
    }

    private void route(RoutingContext context) {
        String path = context.normalizedPath();
        if (path.equals("/ui") || (path.equals("/") && isOpenedByBrowser(context))) {
            context.response().putHeader("Vary", "Accept");
            context.response()
                    .setStatusCode(FOUND)
                    .putHeader("Location", HOME)
                    .end()
                    .onFailure(context::fail);
            return;
        }
        if (path.startsWith(HOME)) {
            context.addHeadersEndHandler(ignored -> protect(context.response().headers()));
        }
        context.next();
    }

    /** A program that looks for an Ollama takes anything; a person's browser asks for a page. */
    private static boolean isOpenedByBrowser(RoutingContext context) {
        String accept = context.request().getHeader("Accept");
        return context.request().method().equals(HttpMethod.GET) && accept != null && accept.contains("text/html");
    }

    private void protect(MultiMap headers) {
        headers.set("Content-Security-Policy", policy)
                .set("X-Content-Type-Options", "nosniff")
                .set("Referrer-Policy", "no-referrer")
                // A new version of the gateway is a new page at the next look; what has not changed is not sent again.
                .set("Cache-Control", "no-cache");
    }
}
