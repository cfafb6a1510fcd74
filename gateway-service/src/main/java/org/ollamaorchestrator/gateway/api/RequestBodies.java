package org.ollamaorchestrator.gateway.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.ollamaorchestrator.gateway.GatewayConfig;

/**
 * Reads the body of every request before any resource sees it, without a thread that waits: bounded in size and in time,
 * each with a clear error. What was read is in {@link RoutingContext#body()}.
 */
@Singleton
public class RequestBodies {

    /** After the ports were told apart, before Quarkus' own limit. */
    private static final int READ_PRIORITY = 100;

    private static final int ARRIVED_PRIORITY = 99;

    private static final int TIMEOUT_STATUS = 408;
    private static final int TOO_LARGE_STATUS = 413;

    private static final String TIMER = RequestBodies.class.getName() + ".timer";

    private final Vertx vertx;
    private final long bytesMax;
    private final Duration within;
    private final BodyHandler reader;

    RequestBodies(Vertx vertx, GatewayConfig config) {
        this.vertx = vertx;
        this.bytesMax = config.clients().bodyMax().asLongValue();
        this.within = config.clients().bodyWithin();
        this.reader = BodyHandler.create(false).setBodyLimit(bytesMax);
    }

    void register(@Observes Filters filters) {
        filters.register(this::read, READ_PRIORITY);
        filters.register(this::arrived, ARRIVED_PRIORITY);
    }

    private void read(RoutingContext context) {
        if (!hasBody(context.request())) {
            context.next();
            return;
        }
        context.put(TIMER, vertx.setTimer(within.toMillis(), ignored -> tooSlow(context)));
        context.addEndHandler(ignored -> stopTimer(context));
        context.request().resume();
        reader.handle(context);
    }

    private void arrived(RoutingContext context) {
        stopTimer(context);
        context.next();
    }

    private void stopTimer(RoutingContext context) {
        Long timer = context.remove(TIMER);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    private void tooSlow(RoutingContext context) {
        refuse(context, TIMEOUT_STATUS, "the request's body did not arrive within " + within.toSeconds() + " s");
    }

    /** For the router: a body over the limit, found by its declared length or while it is read. */
    void tooLarge(RoutingContext context) {
        refuse(
                context,
                TOO_LARGE_STATUS,
                "the request's body is larger than " + bytesMax / (1024 * 1024) + " MB, which is the most");
    }

    /** The rest of the body is not wanted: the connection ends with the answer. */
    private static void refuse(RoutingContext context, int status, String why) {
        if (context.response().ended() || context.response().closed()) {
            return;
        }
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                .end(ErrorBody.json(why))
                .onComplete(ignored -> context.request().connection().close());
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean chunked = request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
        boolean upgrade = request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true);
        return !upgrade && (chunked || (length != null && !"0".equals(length)));
    }
}
