package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

@QuarkusTest
@TestProfile(SilenceTest.QuickHeartbeats.class)
@NullMarked
class SilenceTest extends WithFakeAgents {

    public static final class QuickHeartbeats implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("orchestrator.agents.heartbeat", "500ms");
        }
    }

    @Test
    void an_agent_of_which_nothing_is_heard_is_dropped_and_its_job_ends() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = closedAfterwards(SeedClient.ask(url.getPort()));
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");

        agent.fallSilent();

        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"the agent's connection was lost\"}");
        client.expectEnd();
        given().get("/api/agents/status").then().body("total", equalTo(0));
    }

    @Test
    void an_agent_that_only_answers_pings_stays() {
        agent("silent", 1, "tiny:latest").fallSilent();
        FakeAgent answering = agent("answering", 1, "tiny:latest");

        // By the time the silent one is gone, the other has said nothing for as long.
        await().untilAsserted(() -> given().get("/api/agents/status").then().body("total", equalTo(1)));

        assertThat(answering.isOpen()).isTrue();
        given().get("/api/agents").then().body("agents[0].id", equalTo("answering"));
    }
}
