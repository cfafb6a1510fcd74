package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** What a probe sees, and what a person reads who looks at the same page. */
@QuarkusTest
@NullMarked
class HealthTest extends WithFakeAgents {

    /** Quarkus has a check of its own among those of readiness. */
    private static final String GATEWAY = "checks.find { it.name == 'gateway' }.data.";

    @TestHTTPResource(management = true)
    URL management;

    @Test
    void no_agents_is_ready_but_told() {
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body(GATEWAY + "agents", equalTo(0))
                .body(GATEWAY + "slots", equalTo(0))
                .body(GATEWAY + "note", containsString("no agents"));
    }

    @Test
    void slots_and_the_queue_are_counted() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient running = closedAfterwards(SeedClient.ask(url.getPort()));
        OllamaJob job = agent.await(OllamaJob.class);

        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body(GATEWAY + "agents", equalTo(1))
                .body(GATEWAY + "usable", equalTo(1))
                .body(GATEWAY + "slots", equalTo(1))
                .body(GATEWAY + "slotsTaken", equalTo(1))
                .body(GATEWAY + "running", equalTo(1))
                .body(GATEWAY + "waiting", equalTo(0));

        agent.sayLines(job.jobId(), 1, SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 1L));
        assertThat(running.nextEvent()).contains("\"done\":true");
    }

    @Test
    void a_gateway_that_drains_is_alive_and_not_ready() {
        String drain = "http://localhost:" + management.getPort() + "/drain";
        given().post(drain).then().statusCode(200);
        try {
            given().get("/q/health/ready")
                    .then()
                    .statusCode(503)
                    .body(GATEWAY + "draining", equalTo(true))
                    .body(GATEWAY + "note", containsString("draining"));
            given().get("/q/health/live").then().statusCode(200);
        } finally {
            given().delete(drain).then().statusCode(200);
        }
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void it_has_started_once_agents_can_connect() {
        given().get("/q/health/started").then().statusCode(200).body("checks[0].data.agentsPort", greaterThan(0));
    }
}
