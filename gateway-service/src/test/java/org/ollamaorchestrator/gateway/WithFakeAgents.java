package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.quarkus.test.common.http.TestHTTPResource;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.ollamaorchestrator.gateway.agents.AgentsPort;

/** A gateway whose agents say what the test tells them to; each test leaves it without any. */
@NullMarked
abstract class WithFakeAgents {

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @TestHTTPResource
    URL url;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        await().untilAsserted(() -> given().get("/api/agents/status").then().body("total", equalTo(0)));
    }

    /** Closed after the test, the last one first. */
    @CanIgnoreReturnValue
    <C extends AutoCloseable> C closedAfterwards(C opening) {
        opened.add(opening);
        return opening;
    }

    @CanIgnoreReturnValue
    FakeAgent agent(String name, int slots, String... models) {
        return silentAgent("/").registered(name, slots, models);
    }

    /** One that has not registered; at the root of the agents' port, else on the main port. */
    FakeAgent silentAgent(String path) {
        return closedAfterwards(FakeAgent.connect(vertx, "/".equals(path) ? agentsPort.port() : url.getPort(), path));
    }
}
