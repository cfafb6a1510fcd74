package org.ollamaorchestrator.agent;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The operator's calls, on the management port: {@code GET /drain} tells, {@code POST} makes the agent take no more jobs,
 * {@code DELETE} makes it take jobs again. The port is on loopback, and whoever runs programs there may call. A web page in a
 * browser there may not: it always sends an {@code Origin}.
 */
@Singleton
public final class DrainRoutes {

    private final AgentLifecycle lifecycle;

    DrainRoutes(AgentLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    void add(@Observes ManagementInterface management) {
        Router router = management.router();
        router.route().order(-1).handler(DrainRoutes::refuseWebPages);
        router.route("/drain").handler(this::drain);
        router.route().last().handler(asked -> refuse(asked, 404, "there is only /drain here"));
    }

    private static void refuseWebPages(RoutingContext asked) {
        if (asked.request().headers().contains("Origin")) {
            refuse(asked, 403, "web pages may not call this");
        } else {
            asked.next();
        }
    }

    private void drain(RoutingContext asked) {
        Optional<Agent> agent = lifecycle.agent();
        HttpMethod method = asked.request().method();
        if (agent.isEmpty()) {
            refuse(asked, 503, "the agent has not started yet");
        } else if (method.equals(HttpMethod.GET)) {
            tell(asked, agent.get());
        } else if (method.equals(HttpMethod.POST) || method.equals(HttpMethod.DELETE)) {
            CompletableFuture<Void> done = agent.get().drain(method.equals(HttpMethod.POST));
            Future.fromCompletionStage(done, asked.vertx().getOrCreateContext())
                    .onSuccess(now -> tell(asked, agent.get()));
        } else {
            asked.response().putHeader("Allow", "GET, POST, DELETE");
            refuse(asked, 405, "there are GET, POST and DELETE");
        }
    }

    private static void tell(RoutingContext asked, Agent agent) {
        answer(asked, 200, new JsonObject().put("draining", agent.draining()).put("active", agent.activeJobs()));
    }

    private static void refuse(RoutingContext asked, int status, String why) {
        answer(asked, status, new JsonObject().put("error", why));
    }

    private static void answer(RoutingContext asked, int status, JsonObject body) {
        asked.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body.encode())
                .onFailure(gone -> {});
    }
}
