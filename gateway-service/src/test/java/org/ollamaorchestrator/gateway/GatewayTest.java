package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.anEmptyMap;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.startsWith;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV2;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

@QuarkusTest
@NullMarked
class GatewayTest extends WithFakeAgents {

    @Test
    void a_conversation_is_pushed_to_an_agent_and_each_line_comes_back_as_it_is_sent() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();

        OllamaJob job = agent.await(OllamaJob.class);
        assertThat(job.operation()).isEqualTo("chat");
        assertThat(job.request())
                .isEqualTo(new RawJson(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}"));
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
        agent.sayLines(job.jobId(), 2, SeedClient.token("b"), SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 3L));

        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"b\",\"done\":false}");
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
        assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
        client.expectEnd();
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.header("content-type")).isEqualTo("text/event-stream");
        assertThat(client.header("cache-control")).isEqualTo("no-cache, no-transform");
        assertThat(client.header("x-accel-buffering")).isEqualTo("no");
        assertThat(agent.await(Ack.class).seq()).isEqualTo(4);
    }

    @Test
    void lines_may_come_plain() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        agent.say("{\"type\":\"chunk\",\"jobId\":\"%s\",\"seq\":1}\n%s\n%s"
                .formatted(job.jobId(), SeedClient.token("a"), SeedClient.last()));
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
        assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
        client.expectEnd();
    }

    @Test
    void the_welcome_says_which_version_and_on_which_terms() {
        WelcomeV2 welcome = silentAgent("/").await(WelcomeV2.class);

        assertThat(welcome.agentId().value()).matches("[0-9a-f]{32}");
        assertThat(welcome.heartbeatMs()).isEqualTo(5000);
        assertThat(welcome.windowLines()).isEqualTo(256);
        assertThat(welcome.windowBytes()).isEqualTo(1024 * 1024);
        assertThat(welcome.plainLines()).isTrue();
    }

    @Test
    void agents_are_listed_with_what_they_are_and_why_they_are_not_used() {
        FakeAgent agent = agent("a", 2, "tiny:latest");

        given().get("/api/agents")
                .then()
                .statusCode(200)
                .body("agents.id", hasItem("a"))
                .body("agents[0].models", hasItem("tiny:latest"))
                .body("agents[0].slots", equalTo(2))
                .body("agents[0].active", equalTo(0))
                .body("agents[0].version", equalTo("9"))
                .body("agents[0].notUsedBecause", equalTo(null));
        agent.say(
                "{\"type\":\"status\",\"status\":\"idle\",\"ollama\":\"down\",\"loaded\":[{\"name\":\"tiny:latest\"}]}");
        await().untilAsserted(() -> given().get("/api/agents")
                .then()
                .body("agents[0].notUsedBecause", equalTo("its Ollama does not answer"))
                .body("agents[0].loaded", hasItem("tiny:latest")));
    }

    @Test
    void an_agents_ollama_has_the_version_that_it_told_last() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        given().get("/api/agents").then().body("agents[0].ollamaVersion", equalTo("0.32.15"));

        agent.say("{\"type\":\"status\",\"status\":\"idle\",\"ollamaVersion\":\"0.33.0\"}");
        await().untilAsserted(
                        () -> given().get("/api/agents").then().body("agents[0].ollamaVersion", equalTo("0.33.0")));
        agent.say("{\"type\":\"status\",\"status\":\"idle\",\"draining\":true}");

        await().untilAsserted(() -> given().get("/api/agents")
                .then()
                .body("agents[0].draining", equalTo(true))
                .body("agents[0].ollamaVersion", equalTo("0.33.0")));
    }

    @Test
    void an_agents_machine_has_the_room_that_it_told_last_and_what_it_does_not_know_is_left_out() {
        FakeAgent agent = agent("a", 2, "tiny:latest");
        given().get("/api/agents").then().body("agents[0].room", anEmptyMap()).body("agents[0].vramTaken", equalTo(0));

        agent.say("""
                {"type":"status","status":"idle","room":{"diskTotal":500,"diskFree":120,"vramTotal":24},
                 "loaded":[{"name":"tiny:latest","size_vram":5},{"name":"other:latest","size_vram":6}]}""");

        await().untilAsserted(() -> given().get("/api/agents")
                .then()
                .body("agents[0].room", equalTo(Map.of("diskTotal", 500, "diskFree", 120, "vramTotal", 24)))
                .body("agents[0].vramTaken", equalTo(11)));
        agent.say("{\"type\":\"status\",\"status\":\"idle\",\"draining\":true}");
        await().untilAsserted(() -> given().get("/api/agents")
                .then()
                .body("agents[0].draining", equalTo(true))
                .body("agents[0].room.diskFree", equalTo(120)));
        agent.say("{\"type\":\"status\",\"status\":\"idle\",\"room\":{}}");
        await().untilAsserted(() -> given().get("/api/agents").then().body("agents[0].room", anEmptyMap()));
    }

    @Test
    void the_status_counts_who_has_a_job() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        agent("b", 1, "tiny:latest");
        client();
        agent.await(OllamaJob.class);

        given().get("/api/agents/status")
                .then()
                .body("total", equalTo(2))
                .body("idle", equalTo(1))
                .body("busy", equalTo(1));
    }

    @Test
    void without_an_agent_for_it_a_request_is_refused_at_once_and_told_why() {
        agent("a", 1, "other:latest");

        SeedClient refused = client();

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.nextEvent())
                .startsWith("data: {\"error\":\"No available agents\"")
                .contains("no agent has the model");
        refused.expectEnd();
    }

    @Test
    void while_all_slots_are_taken_a_request_waits_and_runs_when_one_is_free() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        client();
        OllamaJob job = agent.await(OllamaJob.class);
        SeedClient second = client();
        awaitWaiting(1);

        finish(agent, job.jobId());

        completes(agent, second);
        awaitWaiting(0);
    }

    @Test
    void a_client_that_leaves_the_queue_costs_nobody_anything() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        client();
        OllamaJob job = agent.await(OllamaJob.class);
        SeedClient second = client();
        awaitWaiting(1);

        second.close();

        awaitWaiting(0);
        finish(agent, job.jobId());
        completes(agent, client());
    }

    @Test
    void a_model_that_is_not_in_memory_is_loaded_first_and_its_client_may_leave() {
        FakeAgent agent = silentAgent("/").registeredCold("a", 1, "tiny:latest");
        SeedClient first = client();
        OllamaJob load = agent.await(OllamaJob.class);
        assertThat(load.operation()).isEqualTo("load");
        assertThat(load.request()).isEqualTo(new RawJson("{\"model\":\"tiny\",\"stream\":false}"));

        given().get("/api/agents")
                .then()
                .body("agents[0].loading", equalTo(List.of("tiny")))
                .body("agents[0].aside", equalTo(false));
        first.close();
        awaitWaiting(0);
        SeedClient next = client();
        awaitWaiting(1);
        agent.sayLines(load.jobId(), 1, "{\"done\":true,\"done_reason\":\"load\"}");
        agent.say(new JobComplete(load.jobId(), 1L));

        completes(agent, next);
    }

    @Test
    void a_load_that_fails_ends_its_request_with_ollamas_own_error() {
        FakeAgent agent = silentAgent("/").registeredCold("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob load = agent.await(OllamaJob.class);

        agent.say(JobError.of(
                load.jobId(),
                new JobFailure.OllamaAnswered(
                        500, "application/json", "{\"error\":\"model requires more system memory\"}")));

        assertThat(client.status()).isEqualTo(502);
        assertThat(client.nextEvent()).contains("model requires more system memory");
    }

    @Test
    void a_failure_before_the_first_line_is_tried_elsewhere_and_the_client_sees_nothing_of_it() {
        FakeAgent first = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = first.await(OllamaJob.class);
        FakeAgent second = agent("b", 1, "tiny:latest");

        first.say(JobError.of(job.jobId(), new JobFailure.OllamaUnreachable("refused")));

        completes(second, client);
    }

    @Test
    void the_end_of_a_job_is_acknowledged_like_a_line() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        finish(agent, job.jobId());

        assertThat(agent.await(Ack.class)).isEqualTo(new Ack(job.jobId(), 3));
        assertThat(client.nextEvent()).contains("\"a\"");
    }

    private static void awaitWaiting(int count) {
        await().untilAsserted(() -> given().get("/api/queue").then().body("waiting", equalTo(count)));
    }

    @Test
    void an_error_of_ollama_before_the_first_token_keeps_its_status() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        agent.say(JobError.of(
                job.jobId(),
                new JobFailure.OllamaAnswered(400, "application/json", "{\"error\":\"does not support thinking\"}")));

        assertThat(client.status()).isEqualTo(400);
        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"does not support thinking\"}");
    }

    @Test
    void an_error_in_mid_stream_never_looks_complete() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        agent.sayLines(job.jobId(), 2, "{\"error\":\"unexpected EOF\"}");
        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("unexpected EOF")));

        assertThat(client.nextEvent()).contains("\"a\"");
        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"unexpected EOF\"}");
        client.expectEnd();
    }

    @Test
    void an_agent_that_vanishes_ends_its_jobs_with_an_error() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");

        agent.close();

        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"the agent's connection was lost\"}");
        client.expectEnd();
    }

    @Test
    void a_client_that_leaves_cancels_its_job_and_the_slot_is_free_once_the_agent_confirms() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, SeedClient.token("a"));
        assertThat(client.nextEvent()).contains("\"a\"");

        client.close();

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        SeedClient next = client();
        awaitWaiting(1);
        agent.say(JobError.of(job.jobId(), new JobFailure.Cancelled()));
        completes(agent, next);
    }

    @Test
    void a_client_that_leaves_before_the_first_token_cancels_as_well() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        client.close();

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1007 | nonsense
            1007 | []
            1008 | {"type":"job_complete"}
            1008 | {"type":"job_complete","jobId":null}
            1008 | {"type":"chunk","jobId":"JOB","seq":2,"lines":["x"]}
            1008 | {"type":"chunk","jobId":"JOB","seq":1,"lines":"x"}
            1008 | {"type":"job_complete","jobId":"JOB","lastSeq":7}
            1008 | {"type":"register","protocol":2,"agentId":"someone-else","instanceId":"i","slots":1}
            """)
    void a_frame_that_breaks_the_protocol_ends_its_connection_and_its_jobs_and_nobody_elses(int code, String frame) {
        FakeAgent broken = agent("broken", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = broken.await(OllamaJob.class);
        FakeAgent other = agent("other", 1, "tiny:latest");

        broken.say(frame.replace("JOB", job.jobId().value()));

        assertThat(broken.awaitClose()).isEqualTo(code);
        assertThat(client.status()).isEqualTo(502);
        assertThat(client.nextEvent()).startsWith("data: {\"error\":\"the agent broke the protocol");
        completes(other, client());
    }

    @Test
    void a_binary_frame_ends_its_connection() {
        FakeAgent agent = agent("a", 1, "tiny:latest");

        agent.sayBytes(Buffer.buffer("{}"));

        assertThat(agent.awaitClose()).isEqualTo(1003);
    }

    @Test
    void a_text_frame_that_is_not_utf_8_ends_its_connection() {
        FakeAgent agent = agent("a", 1, "tiny:latest");

        agent.sayText((byte) '{', (byte) 0xC3, (byte) 0x28, (byte) '}');

        assertThat(agent.awaitClose()).isEqualTo(1007);
    }

    @Test
    void what_it_does_not_know_the_gateway_ignores() {
        FakeAgent agent = agent("a", 1, "tiny:latest");

        agent.say("{\"type\":\"gossip\",\"jobId\":7}");
        agent.say("{\"type\":\"job_complete\",\"jobId\":\"of-nobody\",\"lastSeq\":1}");
        agent.say("{\"type\":\"heartbeat\",\"timestamp\":1.5,\"new\":{}}");

        completes(agent, client());
        assertThat(agent.isOpen()).isTrue();
    }

    @Test
    void lines_of_another_agents_job_are_ignored() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);
        FakeAgent other = agent("b", 1, "tiny:latest");

        other.sayLines(job.jobId(), 1, SeedClient.token("forged"));
        other.say(new JobComplete(job.jobId(), 1L));
        finish(agent, job.jobId());

        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
    }

    @Test
    void a_long_request_travels_in_parts_and_a_long_line_comes_back_in_parts() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        String text = "a\\\"é😀".repeat(40_000);
        SeedClient client =
                client("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");

        OllamaJob job = agent.await(OllamaJob.class);
        var request = new StringBuilder();
        int parts = job.parts() == null ? 0 : job.parts();
        for (int i = 0; i < parts; i++) {
            JobPart part = agent.await(JobPart.class);
            assertThat(part.index()).isEqualTo(i);
            request.append(part.data());
        }
        String line = SeedClient.token(text);
        List<String> pieces = MessageCodec.split(line, 60_000);
        for (int i = 0; i < pieces.size(); i++) {
            agent.say(new LinePart(job.jobId(), 1, i, i < pieces.size() - 1, pieces.get(i)));
        }
        agent.sayLines(job.jobId(), 2, SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 2L));

        assertThat(parts).isGreaterThan(1);
        assertThat(request).contains("\"content\":\"" + text + "\"");
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"" + text + "\",\"done\":false}");
    }

    @Test
    void an_agent_that_does_not_keep_to_its_window_is_disconnected() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient client = client();
        OllamaJob job = agent.await(OllamaJob.class);

        var lines = new String[300];
        Arrays.fill(lines, SeedClient.token("x"));
        agent.sayLines(job.jobId(), 1, lines);

        assertThat(agent.awaitClose()).isEqualTo(1008);
        assertThat(client.status()).isIn(200, 502);
    }

    /** Registered as version 1 does it, and known to the gateway: before that, a request would find nobody. */
    private FakeAgent seedsAgent(String path, String models) {
        FakeAgent agent = silentAgent(path);
        agent.say("{\"type\":\"register\",\"models\":" + models + "}");
        await().untilAsserted(() -> given().get("/api/agents/status").then().body("total", equalTo(1)));
        return agent;
    }

    @Test
    void the_seeds_agent_serves_a_job_and_its_missing_last_token_ends_nothing_too_early() {
        FakeAgent agent = seedsAgent("/", "[\"tiny\"]");
        SeedClient client = client();

        PromptJob job = agent.await(PromptJob.class);
        assertThat(job.prompt()).isEqualTo("Hi");
        agent.say("{\"type\":\"status\",\"status\":\"busy\"}");
        agent.say("{\"type\":\"token\",\"jobId\":\"" + job.jobId() + "\",\"token\":\"a\",\"done\":false}");
        agent.say("{\"type\":\"job_complete\",\"jobId\":\"" + job.jobId() + "\"}");
        agent.say("{\"type\":\"status\",\"status\":\"idle\"}");

        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
        assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
    }

    @Test
    void an_empty_answer_of_the_seeds_agent_is_an_error_that_it_swallowed() {
        FakeAgent agent = seedsAgent("/agents", "[]");
        SeedClient client = client();
        PromptJob job = agent.await(PromptJob.class);

        agent.say("{\"type\":\"job_complete\",\"jobId\":\"" + job.jobId() + "\"}");

        assertThat(client.status()).isEqualTo(502);
        assertThat(client.nextEvent()).isEqualTo("data: {\"error\":\"the agent's Ollama sent no answer\"}");
    }

    @Test
    void the_slot_of_the_seeds_agent_stays_taken_until_it_is_done_since_it_knows_no_cancel() {
        FakeAgent agent = seedsAgent("/", "[\"tiny\"]");
        SeedClient client = client();
        PromptJob job = agent.await(PromptJob.class);
        agent.say("{\"type\":\"token\",\"jobId\":\"" + job.jobId() + "\",\"token\":\"a\",\"done\":false}");
        assertThat(client.nextEvent()).contains("\"a\"");

        client.close();

        SeedClient next = client();
        awaitWaiting(1);
        agent.say("{\"type\":\"token\",\"jobId\":\"" + job.jobId() + "\",\"token\":\"b\",\"done\":false}");
        agent.say("{\"type\":\"job_complete\",\"jobId\":\"" + job.jobId() + "\"}");
        assertThat(agent.await(PromptJob.class).jobId()).isNotEqualTo(job.jobId());
        next.close();
    }

    @Test
    void the_same_instance_replaces_its_connection_and_another_is_refused() {
        FakeAgent first = agent("a", 1, "tiny:latest");

        FakeAgent again = agent("a", 1, "tiny:latest");
        FakeAgent clone = silentAgent("/");
        clone.say("{\"type\":\"register\",\"protocol\":2,\"agentId\":\"a\",\"instanceId\":\"another\",\"slots\":1}");

        assertThat(first.awaitClose()).isEqualTo(1000);
        assertThat(clone.awaitClose()).isEqualTo(4001);
        completes(again, client());
    }

    @Test
    void jobs_that_an_agent_still_has_and_the_gateway_does_not_know_are_cancelled() {
        FakeAgent agent = silentAgent("/");

        agent.say("""
                {"type":"register","protocol":2,"agentId":"a","instanceId":"i","slots":1,
                 "resuming":[{"jobId":"old","lastSeq":3}]}""");

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(new JobId("old"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"model\":7}"})
    void a_request_that_is_no_request_is_a_400_that_says_what_is_wrong(String body) {
        given().contentType(ContentType.JSON)
                .body(body)
                .post("/api/chat/completions")
                .then()
                .statusCode(400)
                .contentType(ContentType.JSON)
                .body("error", containsString(body.startsWith("{\"") ? "model" : "JSON"));
    }

    @Test
    void wrong_methods_types_and_paths_get_a_clear_error() {
        given().get("/api/chat/completions").then().statusCode(405).body("error", containsString("method"));
        given().get("/nothing-here").then().statusCode(404).body("error", containsString("path"));
        given().contentType(ContentType.TEXT)
                .body("x")
                .post("/api/chat/completions")
                .then()
                .statusCode(415)
                .body("error", containsString("application/json"));
    }

    @Test
    void web_pages_of_this_machine_may_call_and_others_may_not_even_send() {
        for (String own : List.of("http://localhost:5173", "https://127.0.0.1", "http://localhost")) {
            given().header("Origin", own)
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", "content-type")
                    .options("/api/chat/completions")
                    .then()
                    .statusCode(200)
                    .header("Access-Control-Allow-Origin", own);
        }
        for (String foreign : List.of(
                "https://example.com", "http://localhost.example.com", "http://localhost:80.example.com", "null")) {
            given().header("Origin", foreign)
                    .contentType("text/plain")
                    .body("{}")
                    .post("/api/chat/completions")
                    .then()
                    .statusCode(403);
        }
    }

    @Test
    void a_name_that_is_made_to_mean_this_machine_is_refused_in_the_form_of_the_api_that_was_called() {
        given().header("Host", "evil.example.com:3000")
                .header("Origin", "http://evil.example.com:3000")
                .get("/v1/models")
                .then()
                .statusCode(403)
                .body("error.message", containsString("localhost"));
        given().header("Host", "evil.example.com")
                .get("/api/tags")
                .then()
                .statusCode(403)
                .body("error", containsString("Host"));
        given().header("Host", "8.8.8.8").get("/api/tags").then().statusCode(403);
        for (String own : List.of("localhost:1", "127.0.0.1", "[::1]:3000", "192.168.1.7:3000", "box.local")) {
            given().header("Host", own).get("/api/tags").then().statusCode(200);
        }
    }

    @Test
    void no_web_page_may_pose_as_an_agent() {
        assertThat(refusal(agentsPort.port(), "/", "https://example.com")).isEqualTo(403);
        assertThat(refusal(url.getPort(), "/agents", "https://example.com")).isEqualTo(403);
    }

    @Test
    void the_agents_port_is_for_agents_and_the_root_of_the_main_port_is_not() {
        given().port(agentsPort.port()).get("/api/agents").then().statusCode(404);
        given().port(agentsPort.port()).get("/q/health").then().statusCode(404);
        assertThat(refusal(agentsPort.port(), "/other", null)).isEqualTo(404);
        assertThat(refusal(url.getPort(), "/", null)).isNotEqualTo(101);
    }

    @Test
    void it_is_ready_without_agents_and_says_how_many_there_are() {
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'gateway' }.data.agents", equalTo(0))
                .body("checks.find { it.name == 'gateway' }.data.exposure", startsWith("loopback only; any client"));
    }

    @CanIgnoreReturnValue
    private SeedClient client() {
        return client(SeedClient.ASK_TINY);
    }

    private SeedClient client(String body) {
        return closedAfterwards(SeedClient.ask(url.getPort(), body));
    }

    private static void completes(FakeAgent agent, SeedClient client) {
        finish(agent, agent.await(OllamaJob.class).jobId());
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
        assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
        assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
    }

    private static void finish(FakeAgent agent, JobId job) {
        agent.sayLines(job, 1, SeedClient.token("a"), SeedClient.last());
        agent.say(new JobComplete(job, 2L));
    }

    private int refusal(int port, String path, @Nullable String origin) {
        var client = vertx.createWebSocketClient();
        var options = new WebSocketConnectOptions()
                .setHost("localhost")
                .setPort(port)
                .setURI(path)
                .setAllowOriginHeader(origin != null);
        if (origin != null) {
            options.addHeader("Origin", origin);
        }
        try {
            client.connect(options).toCompletionStage().toCompletableFuture().join();
            return 101;
        } catch (CompletionException e) {
            return e.getCause() instanceof UpgradeRejectedException rejected ? rejected.getStatus() : -1;
        } finally {
            client.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
