package org.ollamaorchestrator.gateway.api;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.ollamaorchestrator.gateway.GatewayConfig;

/**
 * Reads a request's body on its event loop, bounded in size and in time. Resources call it themselves, so that each API
 * tells of the bounds in its own form.
 */
@Singleton
public class RequestBody {

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_LARGE = 413;

    private final Vertx vertx;
    private final long bytesMax;
    private final Duration within;

    RequestBody(Vertx vertx, GatewayConfig config) {
        this.vertx = vertx;
        this.bytesMax = config.clients().bodyMax().asLongValue();
        this.within = config.clients().bodyWithin();
    }

    /** @return fails with {@link ClientErrorException}, 413 or 408; then the connection ends with the answer */
    Uni<Buffer> read(RoutingContext context) {
        return Uni.createFrom().emitter(emitter -> new Reading(context, emitter).start());
    }

    private final class Reading {

        private final RoutingContext context;
        private final HttpServerRequest request;
        private final UniEmitter<? super Buffer> emitter;
        private final Buffer body = Buffer.buffer();
        private long timer;
        private boolean over;

        Reading(RoutingContext context, UniEmitter<? super Buffer> emitter) {
            this.context = context;
            this.request = context.request();
            this.emitter = emitter;
        }

        void start() {
            if (declaredLength() > bytesMax) {
                refuse(TOO_LARGE, tooLarge());
                return;
            }
            timer = vertx.setTimer(
                    within.toMillis(),
                    ignored -> refuse(
                            REQUEST_TIMEOUT, "the request's body did not arrive within " + within.toSeconds() + " s"));
            request.handler(this::add);
            request.endHandler(ignored -> finish());
            request.exceptionHandler(this::fail);
            if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
                context.response().writeContinue();
            }
            request.resume();
        }

        private void add(Buffer piece) {
            if (over) {
                return;
            }
            if (body.length() + piece.length() > bytesMax) {
                refuse(TOO_LARGE, tooLarge());
            } else {
                body.appendBuffer(piece);
            }
        }

        private void finish() {
            if (end()) {
                emitter.complete(body);
            }
        }

        private void fail(Throwable failure) {
            if (end()) {
                emitter.fail(failure);
            }
        }

        /** The rest of the body is not wanted. */
        private void refuse(int status, String why) {
            if (end()) {
                request.pause();
                UnwantedRest.isNotRead(context);
                emitter.fail(ClientErrorException.of(status, why));
            }
        }

        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            vertx.cancelTimer(timer);
            return true;
        }

        private long declaredLength() {
            String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
            return length == null ? 0 : Long.parseLong(length);
        }

        private String tooLarge() {
            return "the request's body is larger than " + bytesMax / (1024 * 1024) + " MB, which is the most";
        }
    }
}
