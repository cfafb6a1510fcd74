package org.ollamaorchestrator.gateway.api.stream;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.RequestIds;
import org.ollamaorchestrator.gateway.jobs.Client;
import org.ollamaorchestrator.gateway.observability.Traceparent;

/** A client's HTTP connection, while it waits for an answer. */
public final class ClientConnection implements Client {

    private final String requestId;
    private final String dialect;
    private final Optional<String> traceparent;
    private final ContextInternal context;
    private final HttpServerResponse response;

    /** Set on a session's event loop before the first line is handed over, and read on this connection's after it. */
    private volatile @Nullable String agentName;

    private ClientConnection(
            String requestId,
            String dialect,
            Optional<String> traceparent,
            ContextInternal context,
            HttpServerResponse response) {
        this.requestId = requestId;
        this.dialect = dialect;
        this.traceparent = traceparent;
        this.context = context;
        this.response = response;
    }

    /** To be called on the connection's event loop. */
    public static ClientConnection of(RoutingContext request, String dialect) {
        ContextInternal context = (ContextInternal) Vertx.currentContext();
        if (context == null) {
            throw new IllegalStateException("not on an event loop");
        }
        return new ClientConnection(
                RequestIds.of(request), dialect, Traceparent.current(), context, request.response());
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
    public String dialect() {
        return dialect;
    }

    @Override
    public Optional<String> traceparent() {
        return traceparent;
    }

    @Override
    public void answeredBy(String name) {
        agentName = name;
    }

    /** The agent that the answer comes from, once it has begun. */
    Optional<String> agentName() {
        return Optional.ofNullable(agentName);
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
