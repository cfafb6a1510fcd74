package org.ollamaorchestrator.gateway.api;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Where the router's own failure for a body over the limit becomes an answer that says so. That a client left while its
 * body was read is no failure of anybody's.
 */
@Singleton
public class TooLargeRoute {

    private static final int TOO_LARGE_STATUS = 413;

    private final RequestBodies bodies;

    TooLargeRoute(RequestBodies bodies) {
        this.bodies = bodies;
    }

    void register(@Observes Router router) {
        router.route().order(Integer.MIN_VALUE).failureHandler(this::answer);
    }

    private void answer(RoutingContext context) {
        if (context.statusCode() == TOO_LARGE_STATUS) {
            bodies.tooLarge(context);
        } else if (!context.response().closed()) {
            context.next();
        }
    }
}
