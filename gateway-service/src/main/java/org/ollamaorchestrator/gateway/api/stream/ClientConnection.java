package org.ollamaorchestrator.gateway.api.stream;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import org.ollamaorchestrator.gateway.api.RequestIds;
import org.ollamaorchestrator.gateway.jobs.Client;

/** A client's HTTP connection, while it waits for an answer. */
public final class ClientConnection implements Client {

    private final String requestId;
    private final ContextInternal context;
    private final HttpServerResponse response;

    private ClientConnection(String requestId, ContextInternal context, HttpServerResponse response) {
        this.requestId = requestId;
        this.context = context;
        this.response = response;
    }

    /** To be called on the connection's event loop. */
    public static ClientConnection of(RoutingContext request) {
        ContextInternal context = (ContextInternal) Vertx.currentContext();
        if (context == null) {
            throw new IllegalStateException("not on an event loop");
        }
        return new ClientConnection(RequestIds.of(request), context, request.response());
    }

    /** Whether the client has left already: then nobody will be told so again. */
    public boolean isClosed() {
        return response.closed();
    }

    @Override
    public String requestId() {
        return requestId;
    }

    @Override
    public void onEventLoop(Runnable task) {
        if (context.nettyEventLoop().inEventLoop()) {
            task.run();
        } else {
            context.runOnContext(ignored -> task.run());
        }
    }

    /** Without the last chunk, so that no client takes the answer for a whole one. */
    @Override
    public void abort() {
        onEventLoop(response::reset);
    }
}
