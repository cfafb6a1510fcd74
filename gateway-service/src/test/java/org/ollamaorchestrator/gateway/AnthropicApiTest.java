package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.RawJson;

@QuarkusTest
@NullMarked
class AnthropicApiTest extends WithFakeAgents {

    private static final String WHOLE =
            "{\"model\":\"tiny\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String STREAM = WHOLE.replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\"");

    private static final String THINKING =
            WHOLE.replace("\"max_tokens\"", "\"thinking\":{\"type\":\"enabled\"},\"max_tokens\"");

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}";

    @ParameterizedTest
    @ValueSource(strings = {"", "?beta=true"})
    void a_stream_by_the_book(String query) {
        FakeAgent agent = agent();
        CompletableFuture<HttpResponse<String>> answer = ask(client(), query, STREAM);

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a 😀"));
        agent.sayLines(job.jobId(), 2, LAST);
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(job.operation()).isEqualTo("chat");
        assertThat(job.request())
                .isEqualTo(
                        new RawJson(
                                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,\"options\":{\"num_predict\":8}}"));
        HttpResponse<String> response = soon(answer);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "content-type")).isEqualTo("text/event-stream");
        assertThat(header(response, "cache-control")).isEqualTo("no-cache, no-transform");
        assertThat(header(response, "request-id")).isEqualTo(header(response, "x-request-id"));
        assertThat(header(response, "x-orchestrator-ignored")).isEqualTo("anthropic-beta");
        assertThat(response.body().lines().filter(line -> line.startsWith("event: ")))
                .containsExactly(
                        "event: message_start",
                        "event: ping",
                        "event: content_block_start",
                        "event: content_block_delta",
                        "event: content_block_stop",
                        "event: message_delta",
                        "event: message_stop");
        assertThat(response.body())
                .contains("{\"type\":\"text_delta\",\"text\":\"a 😀\"}")
                .contains("\"usage\":{\"input_tokens\":9,\"output_tokens\":2}");
    }

    @Test
    void a_whole_message() {
        FakeAgent agent = agent();
        CompletableFuture<HttpResponse<String>> answer = ask(client(), "", WHOLE);

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"), SeedClient.token("b"), LAST);
        agent.say(new JobComplete(job.jobId(), 3L));

        HttpResponse<String> response = soon(answer);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "content-type")).isEqualTo("application/json");
        assertThat(header(response, "request-id")).startsWith("req_");
        assertThat(response.body())
                .startsWith("{\"id\":\"msg_")
                .endsWith(
                        ",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"tiny\",\"content\":[{\"type\":\"text\",\"text\":\"ab\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":2}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "completion"            | "thinking":{"type":"enabled"}                                      | ``     | thinking
            "completion","tools"    | "output_config":{"effort":"high"}                                  | ``     | output_config.effort
            "completion"            | "thinking":{"type":"adaptive"},"output_config":{"effort":"low"}    | ``     | output_config.effort
            "completion"            | "thinking":{"type":"enabled"},"output_config":{"effort":"low"}     | ``     | thinking, output_config.effort
            "completion"            | "thinking":{"type":"disabled"},"output_config":{"effort":"low"}    | false  | ``
            "completion"            | "thinking":{"type":"enabled"},"think":true                         | true   | ``
            "completion","thinking" | "thinking":{"type":"enabled"}                                      | true   | ``
            ``                      | "thinking":{"type":"enabled"}                                      | true   | ``
            """)
    void thinking_asked_of_a_model_that_cannot_think_is_dropped_and_named(
            String capabilities, String fields, String think, String ignored) throws JsonProcessingException {
        FakeAgent agent = agentWhoseModelCan("a", capabilities);
        CompletableFuture<HttpResponse<String>> answer =
                ask(client(), "", WHOLE.replace("\"max_tokens\"", fields + ",\"max_tokens\""));

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));

        assertThat(think(job).toString()).isEqualTo(think);
        assertThat(header(soon(answer), "x-orchestrator-ignored"))
                .isEqualTo(ignored.isEmpty() ? "anthropic-beta" : ignored + ", anthropic-beta");
    }

    @Test
    void thinking_is_asked_as_long_as_one_agent_does_not_say_that_its_model_cannot() throws JsonProcessingException {
        FakeAgent agent = agentWhoseModelCan("a", "\"completion\"");
        FakeAgent silent = agentWhoseModelCan("b", "");
        CompletableFuture<HttpResponse<String>> first = ask(client(), "", THINKING);
        CompletableFuture<HttpResponse<String>> second = ask(client(), "", THINKING);

        for (FakeAgent each : List.of(agent, silent)) {
            OllamaJob job = each.await(OllamaJob.class);
            each.sayLines(job.jobId(), 1, LAST);
            each.say(new JobComplete(job.jobId(), 1L));
            assertThat(think(job).asBoolean()).isTrue();
        }

        assertThat(soon(first).statusCode()).isEqualTo(200);
        assertThat(soon(second).statusCode()).isEqualTo(200);
    }

    @Test
    void a_large_request_loses_its_thinking_off_the_event_loop_and_is_answered_all_the_same() {
        FakeAgent agent = agentWhoseModelCan("a", "\"completion\"");
        CompletableFuture<HttpResponse<String>> answer = ask(client(), "", THINKING.replace("Hi", "x".repeat(300_000)));

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));

        assertThat(header(soon(answer), "x-orchestrator-ignored")).startsWith("thinking,");
        assertThat(soon(answer).statusCode()).isEqualTo(200);
    }

    @Test
    void an_error_in_mid_stream_is_the_last_event() {
        FakeAgent agent = agent();
        CompletableFuture<HttpResponse<String>> answer = ask(client(), "", STREAM);

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.sayLines(job.jobId(), 2, "{\"error\":\"unexpected EOF\"}");
        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));

        assertThat(soon(answer).body())
                .endsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":"
                        + "\"unexpected EOF\"}}\n\n")
                .doesNotContain("message_stop");
    }

    @ParameterizedTest
    @ValueSource(strings = {WHOLE, "stream"})
    void an_error_of_ollama_before_the_first_token_keeps_its_status(String body) {
        FakeAgent agent = agent();
        CompletableFuture<HttpResponse<String>> answer = ask(client(), "", "stream".equals(body) ? STREAM : body);

        OllamaJob job = agent.await(OllamaJob.class);
        agent.say(JobError.of(
                job.jobId(),
                new JobFailure.OllamaAnswered(400, "application/json", "{\"error\":\"does not support thinking\"}")));

        HttpResponse<String> response = soon(answer);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body())
                .startsWith(
                        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"does not support thinking\"},\"request_id\":\"req_");
        assertThat(response.headers().allValues("request-id")).hasSize(1);
    }

    @Test
    void a_whole_message_that_broke_is_an_error_that_asks_for_no_other_try() {
        FakeAgent agent = agent();
        CompletableFuture<HttpResponse<String>> answer = ask(client(), "", WHOLE);

        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));

        HttpResponse<String> response = soon(answer);
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(header(response, "x-should-retry")).isEqualTo("false");
    }

    @Test
    void a_client_that_leaves_a_request_without_a_stream_cancels_its_job() {
        FakeAgent agent = agent();
        HttpClient client = client();
        var answer = ask(client, "", WHOLE);
        OllamaJob job = agent.await(OllamaJob.class);

        client.shutdownNow();

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        assertThat(answer).failsWithin(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/v1/messages/count_tokens"})
    void a_model_that_nobody_has_is_not_found(String path) {
        var ignored = agent();

        given().contentType(ContentType.JSON)
                .body(WHOLE.replace("tiny", "nope"))
                .post(path)
                .then()
                .statusCode(404)
                .contentType(ContentType.JSON)
                .body("type", equalTo("error"))
                .body("error.type", equalTo("not_found_error"))
                .body("request_id", startsWith("req_"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/messages", "/v1/messages/count_tokens"})
    void without_agents_it_is_overloaded_and_says_when_to_come_back(String path) {
        given().contentType(ContentType.JSON)
                .body(STREAM)
                .post(path)
                .then()
                .statusCode(503)
                .header("retry-after", equalTo("1"))
                .header("x-should-retry", nullValue())
                .header("request-id", notNullValue())
                .body("error.type", equalTo("overloaded_error"));
    }

    @Test
    void tokens_are_counted_for_a_model_that_an_agent_has() {
        var ignored = agent();

        given().contentType(ContentType.JSON)
                .body("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"12345678\"}]}")
                .post("/v1/messages/count_tokens")
                .then()
                .statusCode(200)
                .contentType(ContentType.JSON)
                .body("input_tokens", equalTo(6));
    }

    @Test
    void wrong_methods_paths_types_and_fields_are_told_in_the_form() {
        given().get("/v1/messages")
                .then()
                .statusCode(405)
                .body("type", equalTo("error"))
                .body("error.type", equalTo("invalid_request_error"));
        given().get("/v1/messages/batches").then().statusCode(404).body("error.type", equalTo("not_found_error"));
        given().contentType(ContentType.TEXT)
                .body("x")
                .post("/v1/messages")
                .then()
                .statusCode(415)
                .body("error.type", equalTo("invalid_request_error"));
        given().contentType(ContentType.JSON)
                .body("{\"model\":\"tiny\"}")
                .post("/v1/messages")
                .then()
                .statusCode(400)
                .body("error.message", equalTo("max_tokens is missing"));
    }

    private FakeAgent agent() {
        return agent("a", 1, "tiny:latest");
    }

    /** @param capabilities as JSON; nothing for an Ollama that does not tell */
    private FakeAgent agentWhoseModelCan(String name, String capabilities) {
        FakeAgent agent = silentAgent("/");
        agent.say("""
                {"type":"register","protocol":2,"agentId":"%s","instanceId":"1","slots":1,"loaded":[{"name":"tiny:latest"}],"resuming":[],
                 "catalog":[{"name":"tiny:latest","model":"tiny:latest"%s}]}""".formatted(name, capabilities.isEmpty() ? "" : ",\"capabilities\":[" + capabilities + "]"));
        agent.await(Registered.class);
        return agent;
    }

    private static JsonNode think(OllamaJob job) throws JsonProcessingException {
        return JSON.readTree(Objects.requireNonNull(job.request()).text()).path("think");
    }

    private HttpClient client() {
        HttpClient client = HttpClient.newHttpClient();
        closedAfterwards(client::shutdownNow);
        return client;
    }

    private CompletableFuture<HttpResponse<String>> ask(HttpClient client, String query, String body) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://localhost:" + url.getPort() + "/v1/messages" + query))
                        .header("Content-Type", "application/json")
                        .header("anthropic-version", "2023-06-01")
                        .header("anthropic-beta", "interleaved-thinking-2025-05-14")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> soon(CompletableFuture<HttpResponse<String>> answer) {
        return answer.orTimeout(10, SECONDS).join();
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }
}
