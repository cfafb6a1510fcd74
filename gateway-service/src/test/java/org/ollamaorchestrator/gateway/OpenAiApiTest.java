package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.RawJson;

/** OpenAI's API as its clients see it, with an agent that says what the test tells it to. */
@QuarkusTest
@NullMarked
class OpenAiApiTest extends WithFakeAgents {

    private static final String CHAT = "/v1/chat/completions";
    private static final String PROCESSING_MS = "openai-processing-ms";
    private static final String HI = "\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void a_stream_is_chunks_and_done() {
        FakeAgent agent = agent("tiny:latest");
        var response = post(CHAT, "{" + HI + ",\"stream\":true,\"user\":\"u\"}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"), SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(job.operation()).isEqualTo("chat");
        HttpResponse<String> answer = response.join();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "content-type")).isEqualTo("text/event-stream");
        assertThat(header(answer, "cache-control")).isEqualTo("no-cache, no-transform");
        assertThat(header(answer, "x-orchestrator-ignored")).isEqualTo("user");
        assertThat(header(answer, "x-orchestrator-agent")).isNotBlank();
        assertThat(header(answer, PROCESSING_MS)).matches("[0-9]+");
        assertThat(header(answer, "x-request-id")).isNotBlank();
        assertThat(answer.body())
                .contains("\"delta\":{\"role\":\"assistant\",\"content\":\"a\"}")
                .contains("\"finish_reason\":\"stop\"")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void without_stream_the_answer_comes_in_one_piece() {
        FakeAgent agent = agent("tiny:latest");
        var response = post(CHAT, "{" + HI + "}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.sayLines(job.jobId(), 2, SeedClient.token("b"), SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 3L));

        HttpResponse<String> answer = response.join();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "content-type")).isEqualTo("application/json");
        assertThat(answer.body()).contains("\"content\":\"ab\"").contains("\"object\":\"chat.completion\"");
        assertThat(job.request())
                .isEqualTo(new RawJson(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}"));
    }

    @Test
    void a_large_request_is_translated_off_the_event_loop_and_answered_all_the_same() {
        FakeAgent agent = agent("tiny:latest");
        var response = post(CHAT, "{" + HI + ",\"user\":\"" + "x".repeat(300_000) + "\",\"stream\":true}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"), SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 2L));

        HttpResponse<String> answer = response.join();
        assertThat(header(answer, "x-orchestrator-ignored")).isEqualTo("user");
        assertThat(answer.body()).contains("\"content\":\"a\"").endsWith("data: [DONE]\n\n");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_client_that_leaves_ends_its_work(boolean stream) {
        FakeAgent agent = agent("tiny:latest");
        HttpClient client = HttpClient.newHttpClient();
        var left = post(client, CHAT, "{" + HI + ",\"stream\":" + stream + "}");
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));

        client.shutdownNow();

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        assertThat(left).failsWithin(10, TimeUnit.SECONDS);
    }

    @Test
    void a_failure_in_mid_stream_is_an_error_event_and_no_done() {
        FakeAgent agent = agent("tiny:latest");
        var response = post(CHAT, "{" + HI + ",\"stream\":true}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));

        assertThat(response.join().body())
                .contains("\"content\":\"a\"")
                .endsWith(
                        "event: error\ndata: {\"error\":{\"message\":\"unexpected EOF\",\"type\":\"api_error\",\"param\":null,\"code\":null}}\n\n");
    }

    @Test
    void what_goes_wrong_before_the_answer_has_its_status_and_openais_form() {
        given().contentType(ContentType.JSON)
                .body("{" + HI + "}")
                .post(CHAT)
                .then()
                .statusCode(503)
                .header(PROCESSING_MS, matchesPattern("[0-9]+"))
                .header("Retry-After", notNullValue())
                .header("x-should-retry", nullValue())
                .body("error.type", equalTo("api_error"));
        agent("other:latest");
        given().contentType(ContentType.JSON)
                .body("{" + HI + "}")
                .post(CHAT)
                .then()
                .statusCode(404)
                .header(PROCESSING_MS, matchesPattern("[0-9]+"))
                .body("error.type", equalTo("not_found_error"))
                .body("error.code", equalTo("model_not_found"));
        given().contentType(ContentType.JSON)
                .body("{" + HI + ",\"n\":2}")
                .post(CHAT)
                .then()
                .statusCode(400)
                .header(PROCESSING_MS, matchesPattern("[0-9]+"))
                .body("error.type", equalTo("invalid_request_error"))
                .body("error.param", equalTo("n"))
                .body("error.code", nullValue());
    }

    @Test
    void a_whole_answer_that_broke_is_an_error_that_asks_for_no_other_try() {
        FakeAgent agent = agent("tiny:latest");
        var response = post(CHAT, "{" + HI + "}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));

        HttpResponse<String> answer = response.join();
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(header(answer, "x-should-retry")).isEqualTo("false");
        assertThat(header(answer, PROCESSING_MS)).matches("[0-9]+");
    }

    @ParameterizedTest
    @CsvSource({"/v1/nothing,404,path", CHAT + ",405,method", "/v1/models/nope,404,nope"})
    void wrong_paths_methods_and_models_have_openais_form(String path, int status, String says) {
        given().get(path)
                .then()
                .statusCode(status)
                .header(PROCESSING_MS, matchesPattern("[0-9]+"))
                .contentType(ContentType.JSON)
                .body("error.message", containsString(says))
                .body("error.type", notNullValue());
    }

    @Test
    void completions_are_generated() {
        FakeAgent agent = agent("tiny:latest");
        var response = post("/v1/completions", "{\"model\":\"tiny\",\"prompt\":\"Hi\"}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(
                job.jobId(),
                1,
                "{\"response\":\"a\",\"done\":false}",
                "{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}");
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(job.operation()).isEqualTo("generate");
        assertThat(response.join().body()).contains("\"text\":\"a\"").contains("\"object\":\"text_completion\"");
    }

    @Test
    void embeddings_are_embedded() {
        FakeAgent agent = agent("tiny:latest");
        var response = post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"Hi\"}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, "{\"model\":\"tiny\",\"embeddings\":[[0.5,-1]],\"prompt_eval_count\":2}");
        agent.say(new JobComplete(job.jobId(), 1L));

        assertThat(job.operation()).isEqualTo("embed");
        assertThat(response.join().body())
                .isEqualTo(
                        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"embedding\":[0.5,-1],\"index\":0}],\"model\":\"tiny\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void responses_end_with_the_event_that_says_how(boolean fails) {
        FakeAgent agent = agent("tiny:latest");
        var response = post("/v1/responses", "{\"model\":\"tiny\",\"input\":\"Hi\",\"stream\":true}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        if (fails) {
            agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));
        } else {
            agent.sayLines(job.jobId(), 2, SeedClient.last());
            agent.say(new JobComplete(job.jobId(), 2L));
        }

        assertThat(response.join().body())
                .startsWith("event: response.created\n")
                .contains("event: response.output_text.delta\n")
                .contains(fails ? "event: response.failed\n" : "event: response.completed\n")
                .endsWith("}\n\n");
    }

    @Test
    void the_models_of_the_fleet_are_listed_and_found_with_slashes_and_colons() {
        agent("tiny:latest", "hf.co/some/model:Q4");

        given().get("/v1/models")
                .then()
                .statusCode(200)
                .header(PROCESSING_MS, matchesPattern("[0-9]+"))
                .body("object", equalTo("list"))
                .body("data.id", hasItems("tiny:latest", "hf.co/some/model:Q4"));
        given().get("/v1/models/tiny")
                .then()
                .statusCode(200)
                .body("id", equalTo("tiny"))
                .body("owned_by", equalTo("library"));
        given().urlEncodingEnabled(false)
                .get("/v1/models/hf.co/some/model:Q4")
                .then()
                .statusCode(200);
        given().urlEncodingEnabled(false)
                .get("/v1/models/hf.co%2Fsome%2Fmodel%3AQ4")
                .then()
                .statusCode(200)
                .body("id", equalTo("hf.co/some/model:Q4"));
    }

    @CanIgnoreReturnValue
    private FakeAgent agent(String... models) {
        return agent("a", 1, models);
    }

    private CompletableFuture<HttpResponse<String>> post(String path, String body) {
        HttpClient client = HttpClient.newHttpClient();
        closedAfterwards(client);
        return post(client, path, body).orTimeout(10, TimeUnit.SECONDS);
    }

    private CompletableFuture<HttpResponse<String>> post(HttpClient client, String path, String body) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://localhost:" + url.getPort() + path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @Test
    void a_number_of_absurd_size_is_a_bad_request_and_no_failure_of_ours() {
        given().contentType("application/json")
                .body("{\"model\":\"tiny\",\"seed\":1E0000000000007558044885720}")
                .post("/v1/chat/completions")
                .then()
                .statusCode(400)
                .body("error.type", equalTo("invalid_request_error"));
    }
}
