package org.ollamaorchestrator.agent;

import static io.restassured.RestAssured.get;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

/** The application's own agent, with neither gateway nor Ollama. */
@QuarkusTest
class HealthTest {

    @Test
    void without_gateway_and_ollama_it_is_not_ready_and_says_why() {
        get("/q/health/ready")
                .then()
                .statusCode(503)
                .body("checks[0].data.gateway", equalTo("ws://127.0.0.1:1"))
                .body("checks[0].data.ollamaState", startsWith("down"))
                .body("checks[0].data.ollamaVersion", equalTo("unknown"))
                .body("checks[0].data.draining", equalTo(false))
                .body("checks[0].data.slots", equalTo(1));
    }

    @Test
    void nothing_outside_makes_it_dead() {
        get("/q/health/live").then().statusCode(200).body("checks[0].data.version", equalTo(AgentVersion.current()));
    }

    @Test
    void it_has_started_although_nobody_answers_it() {
        get("/q/health/started").then().statusCode(200).body("checks[0].data.name", not(blankOrNullString()));
    }
}
