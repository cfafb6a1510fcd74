package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.JobId;

/** The queue as clients see it: one agent with one slot that is taken, and room for one that waits. */
@QuarkusTest
@TestProfile(QueueTest.ShortQueue.class)
@NullMarked
class QueueTest extends WithFakeAgents {

    private static final String OPENAI = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}";
    private static final String ANTHROPIC =
            "{\"model\":\"tiny\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private FakeAgent agent;
    private JobId running;

    public static final class ShortQueue implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("orchestrator.queue.max", "1");
        }
    }

    @BeforeEach
    void takeTheSlot() {
        agent = agent("a", 1, "tiny:latest");
        closedAfterwards(SeedClient.ask(url.getPort()));
        running = agent.await(OllamaJob.class).jobId();
    }

    @AfterEach
    void nobodyWaits() {
        agent.close();
        await().untilAsserted(() -> given().get("/api/queue").then().body("waiting", equalTo(0)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /v1/chat/completions      | error.type | rate_limit_error
            /v1/messages              | error.type | rate_limit_error
            /api/chat                 | error      | server busy, please try again.  maximum pending requests exceeded
            """)
    void a_request_too_many_is_refused_at_once_with_an_estimate_of_when_there_is_room(
            String path, String field, String value) {
        CompletableFuture<Response> waiting = post("/v1/chat/completions", OPENAI.formatted(""), Map.of());
        awaitWaiting();

        answer(path, path.endsWith("messages") ? ANTHROPIC : OPENAI.formatted(""), Map.of())
                .statusCode(429)
                .header("Retry-After", matchesPattern("[1-9][0-9]?"))
                .body(field, equalTo(value));
        finish(running);
        finish(agent.await(OllamaJob.class).jobId());
        assertThat(waiting.join().statusCode()).isEqualTo(200);
    }

    @Test
    void the_seeds_clients_are_told_in_an_event() {
        CompletableFuture<Response> waiting = post("/v1/chat/completions", OPENAI.formatted(""), Map.of());
        awaitWaiting();

        SeedClient refused = closedAfterwards(SeedClient.ask(url.getPort()));

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.nextEvent()).contains("as many requests wait as may");
        finish(running);
        finish(agent.await(OllamaJob.class).jobId());
        assertThat(waiting.join().statusCode()).isEqualTo(200);
    }

    @Test
    void who_gives_less_time_than_it_takes_is_told_so() {
        answer("/v1/chat/completions", OPENAI.formatted(""), Map.of("x-request-timeout", "0.2"))
                .statusCode(504)
                .body("error.message", equalTo("the job did not end within its time"));
    }

    @Test
    void the_rest_of_the_time_goes_with_the_job() {
        CompletableFuture<Response> answer =
                post("/v1/chat/completions", OPENAI.formatted(""), Map.of("x-request-timeout", "60"));
        awaitWaiting();
        finish(running);

        OllamaJob job = agent.await(OllamaJob.class);

        assertThat(job.deadlineMs()).isBetween(1L, 60_000L);
        finish(job.jobId());
        assertThat(answer.join().statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "x-request-timeout,soon",
        "x-request-timeout,-1",
        "x-request-timeout,NaN",
        "x-orchestrator-priority,urgent",
        "x-orchestrator-queue,yes"
    })
    void a_header_that_says_nothing_known_is_refused_by_its_name(String header, String value) {
        answer("/v1/chat/completions", OPENAI.formatted(""), Map.of(header, value))
                .statusCode(400)
                .body("error.param", equalTo(header));
    }

    @Test
    void the_queue_tells_where_a_request_stands() {
        CompletableFuture<Response> waiting = post(
                "/v1/chat/completions",
                OPENAI.formatted(""),
                Map.of("x-request-id", "mine", "x-orchestrator-priority", "low"));
        awaitWaiting();

        given().get("/api/queue?id=mine")
                .then()
                .body("requests.id", contains("mine"))
                .body("requests[0].position", equalTo(1))
                .body("requests[0].priority", equalTo("low"))
                .body("requests[0].model", equalTo("tiny"))
                .body("running", equalTo(1));
        given().get("/api/queue?id=other").then().body("requests", hasSize(0)).body("waiting", equalTo(1));
        finish(running);
        finish(agent.await(OllamaJob.class).jobId());
        assertThat(waiting.join().statusCode()).isEqualTo(200);
    }

    @Test
    void a_stream_that_asks_for_it_is_told_its_place_while_it_waits() {
        CompletableFuture<Response> waiting = post(
                "/v1/chat/completions",
                OPENAI.formatted(",\"stream\":true"),
                Map.of("x-orchestrator-queue", "events", "x-request-timeout", "2.5"));
        awaitWaiting();

        assertThat(waiting.join().asString())
                .startsWith("event: queue\ndata: {\"position\":1,\"expected_seconds\":")
                .contains("the job did not end within its time")
                .doesNotContain("[DONE]");
    }

    private static void awaitWaiting() {
        await().untilAsserted(() -> given().get("/api/queue").then().body("waiting", equalTo(1)));
    }

    private void finish(JobId job) {
        agent.sayLines(job, 1, SeedClient.token("a"), SeedClient.last());
        agent.say(new JobComplete(job, 2L));
    }

    private static CompletableFuture<Response> post(String path, String body, Map<String, String> headers) {
        return CompletableFuture.supplyAsync(
                () -> given().contentType("application/json")
                        .headers(headers)
                        .body(body)
                        .post(path),
                Thread::startVirtualThread);
    }

    private static ValidatableResponse answer(String path, String body, Map<String, String> headers) {
        return post(path, body, headers).join().then();
    }
}
