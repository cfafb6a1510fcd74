package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Resume;
import org.ollamaorchestrator.protocol.JobId;

/** An agent's connection drops and comes back: its clients see a pause, and every token once. */
@QuarkusTest
@TestProfile(ResumeTest.Patient.class)
@NullMarked
class ResumeTest extends WithFakeAgents {

    public static final class Patient implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("orchestrator.agents.resume-window", "5s");
        }
    }

    @Test
    void a_stream_goes_on_after_the_last_line_that_was_received_however_often_the_connection_drops() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("0"));
        assertThat(client.nextEvent()).contains("\"0\"");

        for (int i = 1; i <= 10; i++) {
            agent.say(new LinePart(job, i + 1, 0, true, "{\"model\":"));
            agent.close();
            agent = silentAgent("/").back("a", job, i, "tiny:latest");
            assertThat(agent.await(Resume.class)).isEqualTo(new Resume(job, i));
            agent.sayLines(job, i + 1, SeedClient.token(String.valueOf(i)));
            assertThat(client.nextEvent()).contains("\"" + i + "\"");
        }

        agent.sayLines(job, 12, SeedClient.last());
        agent.say(new JobComplete(job, 12L));
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
        assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
    }

    @Test
    void a_job_that_the_agent_has_no_more_is_lost_and_its_client_is_told_at_once() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");

        agent.close();
        agent("a", 1, "tiny:latest");

        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"the agent's connection was lost\"}");
        client.expectEnd();
    }

    @Test
    void a_job_that_the_agent_has_and_the_gateway_does_not_want_is_cancelled() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");
        agent.close();

        client.close();

        FakeAgent again = silentAgent("/").back("a", job, 1, "tiny:latest");
        assertThat(again.await(Cancel.class).jobId()).isEqualTo(job);
    }

    @Test
    void what_an_agent_does_not_bring_back_in_time_is_lost() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");

        agent.close();

        given().get("/api/agents")
                .then()
                .body("agents[0].notUsedBecause", equalTo("its connection dropped a moment ago"));
        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"the agent's connection was lost\"}");
    }

    private SeedClient client() {
        return closedAfterwards(SeedClient.ask(url.getPort()));
    }
}
