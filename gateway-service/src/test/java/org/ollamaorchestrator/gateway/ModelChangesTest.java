package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.RawJson;

/** Ollama's own calls that change models, on as many agents as the request says; no keys are given out here. */
@QuarkusTest
@NullMarked
class ModelChangesTest extends WithFakeAgents {

    private static final String PULL_NEW = "{\"model\":\"new\"}";
    private static final String MANIFEST = "{\"status\":\"pulling manifest\"}";
    private static final String SUCCESS = "{\"status\":\"success\"}";

    @Test
    void a_pull_goes_to_all_agents_and_is_told_as_one() {
        FakeAgent one = agent("one", 1);
        FakeAgent two = agent("two", 1);
        CompletableFuture<Response> answer = post("/api/pull", PULL_NEW);
        OllamaJob first = one.await(OllamaJob.class);
        OllamaJob second = two.await(OllamaJob.class);

        one.sayLines(first.jobId(), 1, MANIFEST, layer(100, 100), SUCCESS);
        one.say(new JobComplete(first.jobId(), 3L));
        two.sayLines(second.jobId(), 1, MANIFEST, layer(100, 100), SUCCESS);
        two.say(new JobComplete(second.jobId(), 3L));

        assertThat(first.operation()).isEqualTo("pull");
        assertThat(first.request()).isEqualTo(new RawJson("{\"model\":\"new\",\"stream\":true}"));
        assertThat(answer.join().contentType()).isEqualTo("application/x-ndjson");
        assertThat(answer.join().asString().lines())
                .startsWith(MANIFEST)
                .endsWith(layer(200, 200), SUCCESS)
                .doesNotHaveDuplicates();
    }

    @Test
    void one_agent_that_fails_does_not_stop_the_others_and_is_named_in_the_last_line() {
        FakeAgent good = agent("good", 1);
        FakeAgent full = agent("full", 1);
        CompletableFuture<Response> answer = post("/api/pull", PULL_NEW);
        OllamaJob fine = good.await(OllamaJob.class);
        OllamaJob failing = full.await(OllamaJob.class);

        full.say(JobError.of(failing.jobId(), new JobFailure.OllamaBroke("no space left on device")));
        good.sayLines(fine.jobId(), 1, MANIFEST, SUCCESS);
        good.say(new JobComplete(fine.jobId(), 2L));

        assertThat(answer.join().statusCode()).isEqualTo(200);
        assertThat(answer.join().asString().lines())
                .contains("{\"status\":\"agent full: no space left on device\"}", MANIFEST)
                .endsWith("{\"error\":\"agent full: no space left on device\"}")
                .doesNotContain(SUCCESS);
    }

    @Test
    void a_delete_goes_to_those_that_have_the_model_and_says_nothing_as_ollama_does() {
        FakeAgent having = agent("having", 1, "tiny:latest");
        FakeAgent without = agent("without", 1, "other:latest");
        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(
                () -> given().body("{\"model\":\"tiny\"}").delete("/api/delete"), Thread::startVirtualThread);
        OllamaJob job = having.await(OllamaJob.class);

        having.say(new JobComplete(job.jobId(), 0L));

        assertThat(job.operation()).isEqualTo("delete");
        assertThat(answer.join().statusCode()).isEqualTo(200);
        assertThat(answer.join().asString()).isEmpty();
        CompletableFuture<Response> other = post("/api/show", "{\"model\":\"other\"}");
        OllamaJob firstOfTheOther = without.await(OllamaJob.class);
        without.sayLines(firstOfTheOther.jobId(), 1, "{}");
        without.say(new JobComplete(firstOfTheOther.jobId(), 1L));
        assertThat(firstOfTheOther.operation()).isEqualTo("show");
        assertThat(other.join().statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"x-orchestrator-agents, header", "agents, query"})
    void the_request_says_which_agents(String name, String where) {
        FakeAgent chosen = agent("chosen", 1, "tiny:latest");
        agent("other", 1, "tiny:latest");
        RequestSpecification request =
                where.equals("header") ? given().header(name, "chosen") : given().queryParam(name, "chosen");
        CompletableFuture<Response> answer = CompletableFuture.supplyAsync(
                () -> request.body("{\"source\":\"tiny\",\"destination\":\"second\"}")
                        .post("/api/copy"),
                Thread::startVirtualThread);
        OllamaJob job = chosen.await(OllamaJob.class);

        chosen.say(new JobComplete(job.jobId(), 0L));

        assertThat(job.request()).isEqualTo(new RawJson("{\"source\":\"tiny\",\"destination\":\"second\"}"));
        assertThat(answer.join().statusCode()).isEqualTo(200);
    }

    @Test
    void the_failure_of_the_only_agent_keeps_its_status_and_words() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        CompletableFuture<Response> answer = post("/api/copy", "{\"source\":\"tiny\",\"destination\":\"second\"}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.say(JobError.of(
                job.jobId(),
                new JobFailure.OllamaAnswered(400, "application/json", "{\"error\":\"destination is invalid\"}")));

        assertThat(answer.join().statusCode()).isEqualTo(400);
        assertThat(answer.join().asString()).isEqualTo("{\"error\":\"destination is invalid\"}");
    }

    @Test
    void without_a_stream_only_the_end_is_told() {
        FakeAgent agent = agent("a", 1);
        CompletableFuture<Response> answer = post("/api/pull", "{\"name\":\"new\",\"stream\":false}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, MANIFEST, SUCCESS);
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(answer.join().asString()).isEqualTo(SUCCESS);
    }

    @Test
    void whoever_leaves_ends_what_he_asked_for() {
        FakeAgent agent = agent("a", 1);
        HttpClient client =
                closedAfterwards(new Closing(vertx.createHttpClient())).client();
        var connected = client.request(HttpMethod.POST, url.getPort(), "localhost", "/api/pull")
                .onSuccess(request -> request.send(Buffer.buffer(PULL_NEW)).onFailure(gone -> {}))
                .toCompletionStage()
                .toCompletableFuture();
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, MANIFEST);

        connected.join().connection().close();

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
    }

    @Test
    void an_agent_that_is_lost_in_the_middle_is_asked_again_when_it_is_back() {
        FakeAgent agent = agent("a", 1);
        CompletableFuture<Response> answer = post("/api/pull", PULL_NEW);
        OllamaJob lost = agent.await(OllamaJob.class);
        agent.sayLines(lost.jobId(), 1, MANIFEST);
        agent.close();

        FakeAgent back = closedAfterwards(FakeAgent.connect(vertx, agentsPort.port(), "/"))
                .back("a", lost.jobId(), 1);
        OllamaJob again = back.await(OllamaJob.class);
        back.sayLines(again.jobId(), 1, MANIFEST, SUCCESS);
        back.say(new JobComplete(again.jobId(), 2L));

        assertThat(again.jobId()).isNotEqualTo(lost.jobId());
        assertThat(answer.join().asString().lines())
                .contains("{\"status\":\"agent a: the agent's connection was lost; it will be tried again\"}")
                .endsWith(SUCCESS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /api/pull   | {}                                        | 400 | model is required
            /api/pull   | {"model":7}                               | 400 | model is not a text
            /api/pull   | {"model":"new","stream":"no"}             | 400 | stream is neither true nor false
            /api/create | {"model":"new","files":{"a":"sha256:0"}}  | 400 | files cannot be used
            /api/copy   | {"source":"tiny"}                         | 400 | destination is missing
            /api/copy   | {"source":"nope","destination":"x"}       | 404 | model 'nope' not found
            /api/push   | {"model":"nope"}                          | 404 | model 'nope' not found
            /api/blobs/sha256:0 | {}                                | 403 | takes no files
            """)
    void what_cannot_be_done_is_refused_by_name(String path, String body, int status, String error) {
        agent("a", 1, "tiny:latest");

        given().body(body).post(path).then().statusCode(status).body("error", containsString(error));
    }

    @ParameterizedTest
    @CsvSource({
        "nobody, there is no agent nobody",
        "label:site, is no label",
        "label:site=moon, no agent that is ready has the label site=moon",
        "',', names no agent"
    })
    void a_choice_that_chooses_nobody_is_refused_and_told_why(String choice, String error) {
        agent("a", 1);

        given().header("x-orchestrator-agents", choice)
                .body(PULL_NEW)
                .post("/api/pull")
                .then()
                .statusCode(400)
                .body("error", containsString(error));
    }

    @Test
    void an_agent_whose_owner_does_not_allow_it_is_left_out_and_refused_by_name() {
        FakeAgent closed = silentAgent("/");
        closed.say("""
                {"type":"register","protocol":2,"agentId":"closed","instanceId":"closed-1","name":"closed","slots":1,
                 "operations":["chat"],"catalog":[],"loaded":[]}""");
        closed.await(Registered.class);
        given().body(PULL_NEW).post("/api/pull").then().statusCode(403).body("error", containsString("\"pull\""));
        FakeAgent open = agent("open", 1);
        CompletableFuture<Response> answer = post("/api/pull", PULL_NEW);
        OllamaJob job = open.await(OllamaJob.class);
        open.say(new JobComplete(job.jobId(), 0L));

        assertThat(answer.join().asString()).isEqualTo(SUCCESS + "\n");
        given().header("x-orchestrator-agents", "closed")
                .body(PULL_NEW)
                .post("/api/pull")
                .then()
                .statusCode(400)
                .body("error", equalTo("agents: the owner of agent closed does not allow pull"));
    }

    @Test
    void without_an_agent_it_is_busy_for_now() {
        given().body(PULL_NEW).post("/api/pull").then().statusCode(503).body("error", equalTo("no agent is connected"));
    }

    @Test
    void a_web_page_changes_nothing_not_even_one_of_this_machine() {
        agent("a", 1, "tiny:latest");

        given().header("Origin", "http://localhost:5173")
                .body("{\"model\":\"tiny\"}")
                .delete("/api/delete")
                .then()
                .statusCode(403)
                .body("error", containsString("web page"));
    }

    @Test
    void administrators_calls_need_an_administrators_key_even_here() {
        given().get("/api/admin/models").then().statusCode(403);
        given().body(PULL_NEW).post("/api/admin/models/pull").then().statusCode(403);
    }

    @Test
    void an_agent_works_on_one_change_at_a_time() {
        FakeAgent agent = agent("a", 4);
        CompletableFuture<Response> first = post("/api/pull", PULL_NEW);
        OllamaJob job = agent.await(OllamaJob.class);
        CompletableFuture<Response> second = post("/api/pull", "{\"model\":\"newer\"}");
        CompletableFuture<Response> show = post("/api/show", "{\"model\":\"tiny\"}");
        await().untilAsserted(() -> assertThat(show).isCompleted());

        agent.say(new JobComplete(job.jobId(), 0L));
        OllamaJob next = agent.await(OllamaJob.class);
        agent.say(new JobComplete(next.jobId(), 0L));

        assertThat(next.request()).isEqualTo(new RawJson("{\"model\":\"newer\",\"stream\":true}"));
        assertThat(Map.of(1, first.join().asString(), 2, second.join().asString()))
                .isEqualTo(Map.of(1, SUCCESS + "\n", 2, SUCCESS + "\n"));
    }

    private record Closing(HttpClient client) implements AutoCloseable {
        @Override
        public void close() {
            client.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static String layer(long total, long completed) {
        return "{\"status\":\"pulling 8ac8\",\"digest\":\"sha256:8ac8\",\"total\":%d,\"completed\":%d}"
                .formatted(total, completed);
    }

    private static CompletableFuture<Response> post(String path, String body) {
        return CompletableFuture.supplyAsync(() -> given().body(body).post(path), Thread::startVirtualThread)
                .orTimeout(20, TimeUnit.SECONDS);
    }
}
