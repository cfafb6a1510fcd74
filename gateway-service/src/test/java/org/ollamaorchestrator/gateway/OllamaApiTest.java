package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.RawJson;

@QuarkusTest
@NullMarked
class OllamaApiTest extends WithFakeAgents {

    private static final String LAST =
            "{\"model\":\"tiny\",\"created_at\":\"2026-11-22T14:33:34.612199369Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\\u003c\"},\"done\":true,\"new_field\":[1.10]}";

    @Test
    void clients_find_an_ollama_there() {
        given().get("/").then().statusCode(200).body(equalTo("Ollama is running"));
        given().head("/").then().statusCode(200).header("content-type", "text/plain; charset=utf-8");
        given().head("/api/tags").then().statusCode(200);
        given().head("/api/version").then().statusCode(200);
    }

    @Test
    void lines_and_all_their_fields_come_through_as_they_are() {
        FakeAgent agent = agent();
        CompletableFuture<Response> answer = post(
                "/api/chat",
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"future\":{\"x\":1.0}}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"), LAST);
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(job.operation()).isEqualTo("chat");
        assertThat(job.request())
                .isEqualTo(
                        new RawJson(
                                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"future\":{\"x\":1.0}}"));
        Response response = answer.join();
        assertThat(response.contentType()).isEqualTo("application/x-ndjson");
        assertThat(response.header("x-orchestrator-agent")).isEqualTo("a");
        assertThat(response.asString()).isEqualTo(SeedClient.token("a") + "\n" + LAST + "\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /api/chat       | chat       | {"model":"tiny","stream":false,"messages":[{"role":"user","content":"Hi"}]}
            /api/chat       | chat       | {"model":"tiny"}
            /api/generate   | generate   | {"model":"tiny","stream":false,"prompt":"Hi"}
            /api/generate   | generate   | {"model":"tiny","keep_alive":0}
            /api/embed      | embed      | {"model":"tiny","input":"Hi"}
            /api/embeddings | embeddings | {"model":"tiny","prompt":"Hi"}
            /api/show       | show       | {"model":"tiny"}
            /api/show       | show       | {"model":"","name":"tiny"}
            """)
    void a_body_in_one_piece_comes_through_as_it_is(String path, String operation, String request) {
        FakeAgent agent = agent();
        CompletableFuture<Response> answer = post(path, request);
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));

        assertThat(job.operation()).isEqualTo(operation);
        assertThat(answer.join().contentType()).isEqualTo("application/json; charset=utf-8");
        assertThat(answer.join().header("x-orchestrator-agent")).isEqualTo("a");
        assertThat(answer.join().asString()).isEqualTo(LAST);
    }

    @Test
    void an_error_of_ollama_comes_through_with_its_status_type_and_text() {
        FakeAgent agent = agent();
        CompletableFuture<Response> answer = post("/api/chat", "{\"model\":\"tiny\",\"messages\":[],\"think\":true}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.say(JobError.of(
                job.jobId(), new JobFailure.OllamaAnswered(500, "text/weird", "{\"error\": \"as it is\" }")));

        assertThat(answer.join().statusCode()).isEqualTo(500);
        assertThat(answer.join().contentType()).startsWith("text/weird");
        assertThat(answer.join().asString()).isEqualTo("{\"error\": \"as it is\" }");
    }

    @Test
    void an_agent_whose_name_no_header_can_carry_is_named_with_question_marks() {
        FakeAgent agent = agent("Küche", 1, "tiny:latest");
        CompletableFuture<Response> answer = post("/api/chat", "{\"model\":\"tiny\",\"messages\":[]}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));

        assertThat(answer.join().header("x-orchestrator-agent")).isEqualTo("K?che");
    }

    @Test
    void an_agent_that_vanishes_in_mid_stream_is_told_in_ollamas_form() {
        FakeAgent agent = agent();
        CompletableFuture<Response> answer = post("/api/generate", "{\"model\":\"tiny\",\"prompt\":\"Hi\"}");
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, "{\"response\":\"a\",\"done\":false}");

        agent.close();

        assertThat(answer.join().asString()).endsWith("{\"error\":\"the agent's connection was lost\"}\n");
    }

    @Test
    void the_fleets_models_are_listed_each_once() {
        agent();
        agent("b", 1, "tiny:latest", "other:3b");

        given().get("/api/tags")
                .then()
                .statusCode(200)
                .header("content-type", "application/json; charset=utf-8")
                .body(
                        equalTo(
                                "{\"models\":[{\"name\":\"other:3b\",\"model\":\"other:3b\"},{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\"}]}"));
        given().get("/api/ps")
                .then()
                .body(
                        equalTo(
                                "{\"models\":[{\"name\":\"other:3b\",\"model\":\"other:3b\"},{\"name\":\"tiny:latest\",\"model\":\"tiny:latest\"}]}"));
        given().get("/api/version").then().body(equalTo("{\"version\":\"0.32.15\"}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /api/chat     | {"messages":[]}              | 400 | {"error":"model is required"}
            /api/generate | {"prompt":"x"}               | 404 | {"error":"model '' not found"}
            /api/chat     | {"model":"nope"}             | 404 | {"error":"model 'nope' not found"}
            /api/show     | {"name":"nope"}              | 404 | {"error":"model 'nope' not found"}
            """)
    void what_ollama_would_refuse_is_refused_in_its_words(String path, String request, int status, String error) {
        agent();

        Response answer = post(path, request).join();

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.asString()).isEqualTo(error);
    }

    @Test
    void without_an_agent_it_is_busy_for_now() {
        given().body("{\"model\":\"tiny\"}")
                .post("/api/chat")
                .then()
                .statusCode(503)
                .header("Retry-After", matchesPattern("[0-9]+"))
                .header("x-orchestrator-agent", nullValue())
                .body("error", containsString("no agent"));
    }

    @Test
    void models_of_the_cloud_are_refused() {
        given().body("{\"model\":\"big:cloud\"}")
                .post("/api/chat")
                .then()
                .statusCode(403)
                .body("error", containsString("cloud"));
    }

    @Test
    void wrong_paths_and_methods_are_ollamas_own() {
        given().get("/api/nope")
                .then()
                .statusCode(404)
                .contentType("text/plain")
                .body(equalTo("404 page not found"));
        given().get("/api/chat").then().statusCode(405).body(equalTo("405 method not allowed"));
    }

    @Test
    void every_answer_has_a_request_id_and_a_sane_one_of_the_clients_is_kept() {
        given().get("/").then().header("x-request-id", matchesPattern("req_[0-9a-f]{32}"));
        given().header("x-request-id", "my-own.1").get("/api/nope").then().header("x-request-id", "my-own.1");
        given().header("x-request-id", "in sane").get("/").then().header("x-request-id", matchesPattern("req_.*"));
    }

    @CanIgnoreReturnValue
    private FakeAgent agent() {
        return agent("a", 1, "tiny:latest");
    }

    private static CompletableFuture<Response> post(String path, String body) {
        return CompletableFuture.supplyAsync(() -> given().body(body).post(path), Thread::startVirtualThread)
                .orTimeout(20, TimeUnit.SECONDS);
    }
}
