package org.ollamaorchestrator.gateway;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.QueueView;

/**
 * An operator's calls on the management port: {@code GET /drain} tells, {@code POST} begins, {@code DELETE} takes back.
 * A web page may not call: whatever has an {@code Origin} is refused. Nor may another machine: where the port is open for
 * whoever scrapes the metrics, that does not make them operators.
 */
@Singleton
public class DrainRoutes {

    private static final String PATH = "/drain";
    private static final int FORBIDDEN = 403;
    private static final int NOT_ALLOWED = 405;

    private final Drain drain;
    private final CoreLoop core;

    DrainRoutes(Drain drain, CoreLoop core) {
        this.drain = drain;
        this.core = core;
    }

    void register(@Observes ManagementInterface management) {
        management.router().route(PATH).handler(this::answer);
    }

    private void answer(RoutingContext call) {
        if (call.request().getHeader("Origin") != null) {
            error(call, FORBIDDEN, "web pages may not call this");
            return;
        }
        if (!isHere(call.request().remoteAddress())) {
            error(call, FORBIDDEN, "only for callers on the gateway's own machine");
            return;
        }
        switch (call.request().method().name()) {
            case "GET" -> tell(call);
            case "POST" -> {
                drain.begin();
                tell(call);
            }
            case "DELETE" -> {
                drain.cancel();
                tell(call);
            }
            default -> error(call, NOT_ALLOWED, "only GET, POST and DELETE");
        }
    }

    static boolean isHere(SocketAddress caller) {
        String host = caller.hostAddress();
        return host != null && InetAddress.ofLiteral(host).isLoopbackAddress();
    }

    /** The core handles what it is told in its order, so this shows what the call has done. */
    private void tell(RoutingContext call) {
        core.queueView().subscribe().with(view -> json(call, state(view)), call::fail);
    }

    private static JsonObject state(QueueView view) {
        return new JsonObject()
                .put("draining", view.draining())
                .put("running", view.running())
                .put("waiting", view.waiting().size());
    }

    private static void error(RoutingContext call, int status, String problem) {
        call.response().setStatusCode(status);
        json(call, new JsonObject().put("error", problem));
    }

    private static void json(RoutingContext call, JsonObject body) {
        call.response()
                .putHeader("Content-Type", "application/json")
                .end(body.encode())
                .onFailure(call::fail);
    }
}
