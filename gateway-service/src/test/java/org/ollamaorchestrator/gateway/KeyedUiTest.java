package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.agents.AgentsPort;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** What the web UI asks for, where each key sees its own and an administrator everything. */
@QuarkusTest
@TestProfile(KeyedUiTest.WithKeys.class)
@NullMarked
class KeyedUiTest {

    private static final Secret ADMIN = secret("ADMIN");
    private static final Secret USER = secret("USER");

    private static final String LINE =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}";
    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}";

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @TestHTTPResource
    URL url;

    private FakeAgent agent;

    public static final class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "orchestrator.keys.boss.hash", SecretHash.of(ADMIN, "").hex(),
                    "orchestrator.keys.boss.admin", "true",
                    "orchestrator.keys.user.hash", SecretHash.of(USER, "").hex(),
                    "orchestrator.data-dir", folder().toString(),
                    "quarkus.http.host", "127.0.0.1");
        }

        private static Path folder() {
            try {
                return Files.createTempDirectory("gateway-data").resolve("made");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @BeforeEach
    void anAgent() {
        agent = FakeAgent.connect(vertx, agentsPort.port(), "/").registered("anna", 4, "tiny:latest");
    }

    @AfterEach
    void none() {
        agent.close();
        await().untilAsserted(() -> by(ADMIN).get("/api/agents/status").then().body("total", equalTo(0)));
    }

    @Test
    void the_files_are_for_everybody_and_the_rest_wants_a_key() {
        given().get("/ui/").then().statusCode(200);
        given().get("/api/me").then().statusCode(401);
        given().get("/api/ui/events").then().statusCode(401);
        given().get("/api/jobs").then().statusCode(401);
        given().get("/api/usage").then().statusCode(401);
    }

    @Test
    void a_key_is_told_its_name_and_whether_it_is_an_administrators() {
        by(USER).get("/api/me").then().body("name", equalTo("user")).body("admin", equalTo(false));
        by(ADMIN).get("/api/me").then().body("name", equalTo("boss")).body("admin", equalTo(true));
    }

    @Test
    void a_key_sees_and_ends_its_own_requests_alone() {
        CompletableFuture<Response> running = ask(ADMIN);
        OllamaJob job = agent.await(OllamaJob.class);
        String id = by(ADMIN)
                .get("/api/jobs")
                .then()
                .body("jobs", hasSize(1))
                .extract()
                .path("jobs[0].id");

        by(USER).get("/api/jobs").then().body("jobs", hasSize(0));
        by(USER).delete("/api/jobs/" + id).then().statusCode(404);
        by(ADMIN).delete("/api/jobs/" + id).then().statusCode(204);

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        running.join()
                .then()
                .statusCode(408)
                .header("x-should-retry", "false")
                .body("error.message", equalTo("the job was cancelled"));
    }

    @Test
    void in_the_stream_a_key_sees_its_own_requests_and_how_many_there_are_in_all() {
        try (var own = new LiveReader(url.getPort(), USER.reveal());
                var all = new LiveReader(url.getPort(), ADMIN.reveal())) {
            CompletableFuture<Response> running = ask(ADMIN);
            OllamaJob job = agent.await(OllamaJob.class);

            var _ = all.await(event -> event.contains("\"key\":\"boss\""));
            assertThat(own.await(event -> event.contains("\"running\":1")))
                    .contains("\"yours\":0")
                    .doesNotContain("boss");

            answer(job);
            assertThat(running.join().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void revoking_a_key_ends_its_stream_and_says_so() {
        String secret = by(ADMIN)
                .body("{\"name\":\"gone\"}")
                .post("/api/admin/keys")
                .then()
                .statusCode(201)
                .extract()
                .path("secret");
        try (var viewer = new LiveReader(url.getPort(), secret)) {
            assertThat(viewer.await(event -> event.startsWith("snapshot"))).contains("anna");

            by(ADMIN).delete("/api/admin/keys/gone").then().statusCode(204);

            assertThat(viewer.await(event -> event.startsWith("end"))).contains("the API key was revoked");
            viewer.awaitClose();
        }
    }

    @Test
    void an_agent_that_is_drained_gets_no_more_jobs_until_it_is_resumed() {
        by(ADMIN).post("/api/admin/agents/anna/drain").then().statusCode(204);
        by(ADMIN).get("/api/agents").then().body("agents[0].notUsedBecause", equalTo("an operator drains it"));
        assertThat(ask(ADMIN).join().statusCode()).isEqualTo(503);

        by(ADMIN).post("/api/admin/agents/anna/resume").then().statusCode(204);

        CompletableFuture<Response> running = ask(ADMIN);
        answer(agent.await(OllamaJob.class));
        assertThat(running.join().statusCode()).isEqualTo(200);
        by(ADMIN).post("/api/admin/agents/nobody/drain").then().statusCode(404);
        by(USER).post("/api/admin/agents/anna/drain").then().statusCode(403);
    }

    @Test
    void usage_is_summed_up_and_a_key_sees_its_own() {
        CompletableFuture<Response> running = ask(USER);
        answer(agent.await(OllamaJob.class));
        assertThat(running.join().statusCode()).isEqualTo(200);

        await().untilAsserted(() -> by(USER).get("/api/usage?by=key&step=hour")
                .then()
                .statusCode(200)
                .body("step", equalTo("hour"))
                .body("cut", equalTo(false))
                .body("usage", hasSize(1))
                .body("usage[0].name", equalTo("user"))
                .body("usage[0].requests", equalTo(1))
                .body("usage[0].failed", equalTo(0))
                .body("usage[0].promptTokens", equalTo(9))
                .body("usage[0].answerTokens", equalTo(2)));
        by(ADMIN).get("/api/usage?by=key").then().body("usage.find { it.name == 'user' }.answerTokens", equalTo(2));
        by(ADMIN).get("/api/usage?by=agent").then().body("usage.name", hasItem("anna"));
        by(USER).get("/api/usage?to=2020-01-01T00:00:00Z").then().body("usage", hasSize(0));
    }

    @ParameterizedTest
    @CsvSource({
        "by=colour, by",
        "step=minute, step",
        "from=yesterday, from",
        "to=never, to",
        "from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z, from",
        "from=2020-01-01T00:00:00Z&step=hour, from"
    })
    void a_parameter_that_is_not_right_is_named(String query, String parameter) {
        by(USER).get("/api/usage?" + query).then().statusCode(400).body("error", startsWith(parameter + " "));
    }

    private void answer(OllamaJob job) {
        agent.sayLines(job.jobId(), 1, LINE);
        agent.sayLines(job.jobId(), 2, LAST);
        agent.say(new JobComplete(job.jobId(), 2L));
    }

    private static CompletableFuture<Response> ask(Secret key) {
        // Not in the common pool, in which the readers' clients have their answers.
        return CompletableFuture.supplyAsync(
                () -> by(key).body("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                        .post("/v1/chat/completions"),
                task -> Thread.startVirtualThread(task));
    }

    private static RequestSpecification by(Secret key) {
        return given().header("Authorization", "Bearer " + key.reveal()).contentType("application/json");
    }

    /** The same for the profile and for the test, which are not of one class loader. */
    private static Secret secret(String name) {
        String known = System.getProperties()
                .computeIfAbsent(
                        KeyedUiTest.class.getName() + "." + name,
                        first -> Secret.random(Secret.Kind.API_KEY).reveal())
                .toString();
        return Secret.of(Secret.Kind.API_KEY, known).orElseThrow();
    }
}
