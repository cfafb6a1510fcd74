package org.ollamaorchestrator.gateway.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/** The rest of a request's body, when its answer is known already: who is refused costs no more than what was read. */
final class UnwantedRest {

    /** Of HTTP/2 (RFC 9113, 8.1): the answer is whole, and nothing more of the request is wanted. */
    private static final long NO_ERROR = 0;

    private UnwantedRest() {}

    /** To be called before the answer's head is sent: with its end, HTTP/1 loses its connection, and HTTP/2 this stream only. */
    static void isNotRead(RoutingContext context) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        if (request.version() == HttpVersion.HTTP_2) {
            context.addEndHandler(ignored -> {
                if (!request.isEnded()) {
                    var _ = response.reset(NO_ERROR);
                }
            });
        } else {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            context.addEndHandler(ignored -> request.connection().close());
        }
    }
}
