package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;

/** What an agent's owner does not allow is not placed there. */
@QuarkusTest
@NullMarked
class AllowedOperationsTest extends WithFakeAgents {

    private static final String CHAT =
            "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":false}";

    @Test
    void a_request_that_no_owner_allows_is_refused_with_a_reason() {
        agentThatAllows("a", "\"embed\",\"show\",\"later-version\"");

        given().contentType("application/json")
                .body(CHAT)
                .post("/api/chat")
                .then()
                .statusCode(403)
                .body("error", equalTo("the owners of the agents that have the model do not allow \"chat\""));
    }

    @Test
    void a_request_goes_where_it_is_allowed() {
        FakeAgent other = agentThatAllows("a", "\"embed\"");
        FakeAgent allowing = agentThatAllows("b", "\"chat\"");

        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(
                () -> given().contentType("application/json").body(CHAT).post("/api/chat"), Thread::startVirtualThread);

        OllamaJob job = allowing.await(OllamaJob.class);
        allowing.sayLines(
                job.jobId(),
                1,
                "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":true}");
        allowing.say(new JobComplete(job.jobId(), 1L));
        assertThat(answer.join().statusCode()).isEqualTo(200);
        assertThat(other.isOpen()).isTrue();
    }

    @Test
    void where_a_load_is_not_allowed_a_request_goes_as_it_is() {
        FakeAgent agent = agentThatAllows("a", "\"chat\"");

        var _ = CompletableFuture.runAsync(
                () -> given().contentType("application/json").body(CHAT).post("/api/chat"), Thread::startVirtualThread);

        assertThat(agent.await(OllamaJob.class).operation()).isEqualTo("chat");
    }

    /** One that has the model, but not in memory. */
    @CanIgnoreReturnValue
    private FakeAgent agentThatAllows(String name, String operations) {
        FakeAgent agent = silentAgent("/");
        agent.say("""
                {"type":"register","protocol":2,"agentId":"%s","instanceId":"%s-1","slots":1,"operations":[%s],
                 "catalog":[{"name":"tiny:latest","model":"tiny:latest"}],"loaded":[]}""".formatted(name, name, operations));
        agent.await(Registered.class);
        return agent;
    }
}
