package org.ollamaorchestrator.gateway.agents;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Keeps the two ports apart, which share Quarkus' router: the agents' port serves the agents' WebSocket alone, at the root
 * (as in the seed) and at {@link AgentSocket#PATH}, and their enrolment; no other port serves the WebSocket at the root.
 */
@Singleton
public class AgentsPortRoutes {

    /** Before everything else that looks at a request. */
    private static final int PRIORITY = 1_000;

    /** Where an agent exchanges an enrolment token for its own, on both ports. */
    public static final String ENROL_PATH = AgentSocket.PATH + "/enrol";

    private final AgentsPort port;

    AgentsPortRoutes(AgentsPort port) {
        this.port = port;
    }

    void register(@Observes Filters filters) {
        filters.register(this::route, PRIORITY);
    }

    private void route(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (request.localAddress().port() != port.port() || ENROL_PATH.equals(request.path())) {
            context.next();
        } else if (!isUpgrade(request)) {
            refuse(
                    context,
                    "This port is for agents, which connect by WebSocket; clients use the gateway's main port.\n");
        } else if ("/".equals(request.path())) {
            context.reroute(AgentSocket.PATH);
        } else if (AgentSocket.PATH.equals(request.path())) {
            context.next();
        } else {
            refuse(context, "Agents connect to / or to /agents.\n");
        }
    }

    private static boolean isUpgrade(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true);
    }

    private static void refuse(RoutingContext context, String why) {
        context.response()
                .setStatusCode(404)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .end(why);
    }
}
