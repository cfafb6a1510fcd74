package org.ollamaorchestrator.gateway.api.ui;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.Callers;
import org.ollamaorchestrator.gateway.api.stream.ClientConnection;

/** The live stream of the web UI: server-sent events, read with the key in a header, as everything else. */
@Path("/api/ui/events")
public class EventsResource {

    private final LiveFeed feed;

    EventsResource(LiveFeed feed) {
        this.feed = feed;
    }

    /** A {@code snapshot}, then {@code change}s of it; {@code end} if the key is worth nothing any more. */
    @GET
    public RestMulti<byte[]> events(RoutingContext context) {
        return RestMulti.fromMultiData(feed.watch(ClientConnection.of(context, "ui"), Callers.of(context)))
                .header("Content-Type", "text/event-stream")
                .header("Cache-Control", "no-cache, no-transform")
                .header("X-Accel-Buffering", "no")
                .build();
    }
}
