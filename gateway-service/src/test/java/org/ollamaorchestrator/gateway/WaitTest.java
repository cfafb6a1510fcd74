package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.matchesPattern;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** Nobody waits for ever. */
@QuarkusTest
@TestProfile(WaitTest.ShortWait.class)
@NullMarked
class WaitTest extends WithFakeAgents {

    public static final class ShortWait implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("orchestrator.queue.wait-max", "100ms");
        }
    }

    @Test
    void who_waits_longer_than_anybody_may_is_told_when_to_come_back() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        closedAfterwards(SeedClient.ask(url.getPort()));
        agent.await(OllamaJob.class);

        given().contentType("application/json")
                .body("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                .post("/v1/chat/completions")
                .then()
                .statusCode(503)
                .header("Retry-After", matchesPattern("[1-9][0-9]?"))
                .body("error.message", containsString("became free in time"));
    }
}
