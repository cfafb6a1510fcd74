package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.agents.AgentsPort;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.RawJson;

/** Administrators' calls for models, whose operations go on by themselves, and what the configuration wants. */
@QuarkusTest
@TestProfile(AdminModelsTest.WithKeys.class)
@NullMarked
class AdminModelsTest {

    private static final Secret ADMIN = secret("ADMIN");
    private static final Secret USER = secret("USER");
    private static final String MODELS = "/api/admin/models";

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @Inject
    AgroalDataSource database;

    private final List<FakeAgent> opened = new ArrayList<>();

    public static final class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                return Map.of(
                        "orchestrator.keys.boss.hash", SecretHash.of(ADMIN, "").hex(),
                        "orchestrator.keys.boss.admin", "true",
                        "orchestrator.keys.user.hash", SecretHash.of(USER, "").hex(),
                        "orchestrator.wanted.chat.models", "wished",
                        "orchestrator.wanted.chat.label", "site=home",
                        "orchestrator.data-dir",
                                Files.createTempDirectory("gateway-models").toString(),
                        "quarkus.http.host", "127.0.0.1");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @AfterEach
    void closeAll() {
        opened.forEach(FakeAgent::close);
        await().untilAsserted(() -> boss().get("/api/agents/status").then().body("total", equalTo(0)));
    }

    @Test
    void an_operation_goes_on_without_whoever_began_it_and_is_told_to_whoever_asks() {
        FakeAgent agent = agent("a");

        String id = begin("pull", "{\"model\":\"audited\"}");
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(
                job.jobId(),
                1,
                "{\"status\":\"pulling 8ac8\",\"digest\":\"sha256:8ac8\",\"total\":100,\"completed\":40}");

        await().untilAsserted(() -> boss().get(MODELS + "/operations/" + id)
                .then()
                .statusCode(200)
                .body("action", equalTo("pull"))
                .body("model", equalTo("audited"))
                .body("by", equalTo("boss"))
                .body("state", equalTo("running"))
                .body("ended", nullValue())
                .body("agents[0].id", equalTo("a"))
                .body("agents[0].state", equalTo("running"))
                .body("agents[0].status", equalTo("pulling 8ac8"))
                .body("agents[0].completed", equalTo(40))
                .body("agents[0].total", equalTo(100)));

        agent.say(new JobComplete(job.jobId(), 1L));

        awaitState(id, "done");
        boss().get(MODELS + "/operations").then().body("operations[0].id", equalTo(id));
        await().untilAsserted(() -> assertThat(
                        strings("SELECT subject FROM audit_events WHERE actor = 'boss' AND subject LIKE 'pull audited%'"
                                + " ORDER BY at"))
                .containsExactly("pull audited on a", "pull audited on a: DONE"));
    }

    @Test
    void a_failure_is_told_in_ollamas_words() {
        FakeAgent agent = agent("a");
        String id = begin("pull", "{\"model\":\"new\",\"agents\":[\"a\"],\"insecure\":true}");
        OllamaJob job = agent.await(OllamaJob.class);

        agent.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("pull model manifest: file does not exist")));

        awaitState(id, "failed");
        assertThat(job.request()).isEqualTo(new RawJson("{\"insecure\":true,\"model\":\"new\",\"stream\":true}"));
        boss().get(MODELS + "/operations/" + id)
                .then()
                .body("agents[0].error", equalTo("pull model manifest: file does not exist"));
    }

    @Test
    void a_cancelled_operation_ends_at_its_agent_and_what_waits_behind_it_begins_then() {
        FakeAgent agent = agent("a");
        String first = begin("pull", "{\"model\":\"new\"}");
        OllamaJob job = agent.await(OllamaJob.class);
        String second = begin("pull", "{\"model\":\"newer\"}");
        boss().get(MODELS + "/operations/" + second).then().body("state", equalTo("waiting"));

        boss().delete(MODELS + "/operations/" + first).then().statusCode(204);

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        awaitState(first, "cancelled");
        boss().get(MODELS + "/operations/" + second).then().body("state", equalTo("waiting"));
        agent.say(JobError.of(job.jobId(), new JobFailure.Cancelled()));
        OllamaJob next = agent.await(OllamaJob.class);
        agent.say(new JobComplete(next.jobId(), 0L));
        awaitState(second, "done");
    }

    @Test
    void a_load_waits_until_its_agent_has_a_free_slot() {
        FakeAgent agent = agent("a", "tiny:latest");
        String id = begin("load", "{\"model\":\"tiny\",\"keep_alive\":\"1h\"}");
        OllamaJob refused = agent.await(OllamaJob.class);
        agent.say(JobError.of(refused.jobId(), new JobFailure.AgentRefused(false)));

        OllamaJob again = agent.await(OllamaJob.class);
        agent.say(new JobComplete(again.jobId(), 0L));

        assertThat(again.operation()).isEqualTo("load");
        assertThat(again.request())
                .isEqualTo(new RawJson("{\"keep_alive\":\"1h\",\"model\":\"tiny\",\"stream\":false}"));
        awaitState(id, "done");
    }

    @Test
    void a_model_that_only_embeds_is_unloaded_by_an_empty_input() {
        FakeAgent agent = agent("a");
        agent.say("""
                {"type":"status","status":"idle","catalog":[{"name":"vectors:latest","capabilities":["embedding"]}]}""");
        await().untilAsserted(() -> boss().get(MODELS).then().body("models[0].name", equalTo("vectors:latest")));

        String id = begin("unload", "{\"model\":\"vectors\"}");
        OllamaJob job = agent.await(OllamaJob.class);
        agent.say(new JobComplete(job.jobId(), 0L));

        assertThat(job.request())
                .isEqualTo(new RawJson("{\"model\":\"vectors\",\"keep_alive\":0,\"stream\":false,\"input\":[]}"));
        awaitState(id, "done");
    }

    @Test
    void all_models_are_listed_with_where_they_are_and_what_they_take() {
        FakeAgent agent = agent("a");
        agent("b", "tiny:latest");
        agent.say("""
                {"type":"status","status":"idle","catalog":[{"name":"tiny:latest","size":500,"digest":"d1",
                 "details":{"parameter_size":"3.2B","quantization_level":"Q4_K_M"},"capabilities":["completion"]}],
                 "loaded":[{"name":"tiny:latest","size":600,"size_vram":550,"expires_at":"2026-11-25T21:00:00Z"}],
                 "room":{"diskTotal":5000,"diskFree":700}}""");

        await().untilAsserted(() -> boss().get(MODELS)
                .then()
                .statusCode(200)
                .body("agents.find { it.id == 'a' }.room.diskFree", equalTo(700))
                .body("agents.find { it.id == 'a' }.room.vramTotal", nullValue())
                .body("agents.find { it.id == 'a' }.vramTaken", equalTo(550))
                .body("agents.find { it.id == 'b' }.room.size()", equalTo(0))
                .body("models.size()", equalTo(1))
                .body("models[0].name", equalTo("tiny:latest"))
                .body("models[0].size", equalTo(500))
                .body("models[0].digest", equalTo("d1"))
                .body("models[0].parameters", equalTo("3.2B"))
                .body("models[0].quantization", equalTo("Q4_K_M"))
                .body("models[0].capabilities[0]", equalTo("completion"))
                .body("models[0].agents.find { it.id == 'a' }.loaded", equalTo(true))
                .body("models[0].agents.find { it.id == 'a' }.vram", equalTo(550))
                .body("models[0].agents.find { it.id == 'a' }.expires", equalTo("2026-11-25T21:00:00Z"))
                .body("models[0].agents.size()", equalTo(2)));
    }

    @Test
    void what_the_configuration_wants_is_pulled_where_it_is_missing_and_shown_as_it_is() {
        FakeAgent elsewhere = agent("elsewhere");
        FakeAgent home = FakeAgent.connect(vertx, agentsPort.port(), "/");
        opened.add(home);
        home.say("""
                {"type":"register","protocol":2,"agentId":"home","instanceId":"home-1","name":"home","slots":1,
                 "labels":{"site":"home"},"catalog":[],"loaded":[]}""");

        OllamaJob job = home.await(OllamaJob.class);
        assertThat(job.operation()).isEqualTo("pull");
        assertThat(job.request()).isEqualTo(new RawJson("{\"model\":\"wished\",\"stream\":true}"));
        awaitWanted("pulling");
        home.say(JobError.of(job.jobId(), new JobFailure.OllamaBroke("no space")));
        awaitWanted("failed");
        boss().get(MODELS)
                .then()
                .body("wanted[0].agents.size()", equalTo(1))
                .body("wanted[0].agents[0].error", equalTo("no space"))
                .body("operations[0].by", equalTo("configuration"));

        home.say("""
                {"type":"status","status":"idle","catalog":[{"name":"wished:latest"}]}""");
        awaitWanted("present");
        home.say("""
                {"type":"status","status":"idle","catalog":[]}""");

        OllamaJob again = home.await(OllamaJob.class);
        home.say(new JobComplete(again.jobId(), 0L));
        assertThat(elsewhere.isOpen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            pull   | {}                                              | 400 | model is missing
            pull   | {"model":" "}                                   | 400 | model is blank
            pull   | {"model":"new","modle":1}                       | 400 | modle is not known for pull
            pull   | {"model":"new","to":"x"}                        | 400 | to is not known for pull
            pull   | {"model":"new","agents":"a"}                    | 400 | agents is not a list
            pull   | {"model":"new","agents":[]}                     | 400 | agents is empty
            pull   | {"model":"new","agents":["nobody"]}             | 400 | agents: there is no agent nobody
            pull   | {"model":"new","label":"site"}                  | 400 | label is no label
            pull   | {"model":"new","all":true,"agents":["a"]}       | 400 | only one of agents, label and all
            copy   | {"model":"tiny"}                                | 400 | to is missing
            create | {"model":"new"}                                 | 400 | from is missing
            create | {"model":"new","from":"tiny","files":{}}        | 400 | files is not known for create
            delete | {"model":"nope"}                                | 404 | no agent has the model "nope"
            polish | {"model":"tiny"}                                | 404 | no such action
            """)
    void what_cannot_be_done_is_refused_by_name(String action, String body, int status, String error) {
        agent("a", "tiny:latest");

        boss().body(body).post(MODELS + "/" + action).then().statusCode(status).body("error", containsString(error));
    }

    @Test
    void an_operation_that_is_not_known_is_not_found() {
        boss().get(MODELS + "/operations/nope").then().statusCode(404);
        boss().delete(MODELS + "/operations/nope").then().statusCode(404);
    }

    @Test
    void who_is_no_administrator_changes_nothing() {
        agent("a", "tiny:latest");

        by(USER).get(MODELS).then().statusCode(403);
        by(USER).body("{\"model\":\"tiny\"}").post(MODELS + "/delete").then().statusCode(403);
        by(USER).delete(MODELS + "/operations/x").then().statusCode(403);
        by(USER).body("{\"model\":\"tiny\"}").delete("/api/delete").then().statusCode(403);
        given().body("{\"model\":\"tiny\"}").delete("/api/delete").then().statusCode(401);
    }

    @CanIgnoreReturnValue
    private FakeAgent agent(String name, String... models) {
        FakeAgent agent = FakeAgent.connect(vertx, agentsPort.port(), "/").registered(name, 1, models);
        opened.add(agent);
        return agent;
    }

    private static String begin(String action, String body) {
        return boss().body(body)
                .post(MODELS + "/" + action)
                .then()
                .statusCode(202)
                .extract()
                .path("id");
    }

    private static void awaitState(String id, String state) {
        await().untilAsserted(
                        () -> boss().get(MODELS + "/operations/" + id).then().body("state", equalTo(state)));
    }

    private static void awaitWanted(String state) {
        await().untilAsserted(() -> boss().get(MODELS)
                .then()
                .body("wanted[0].name", equalTo("chat"))
                .body("wanted[0].model", equalTo("wished"))
                .body("wanted[0].agents.find { it.id == 'home' }.state", equalTo(state)));
    }

    private List<String> strings(String query) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            var all = new ArrayList<String>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }

    private static RequestSpecification boss() {
        return by(ADMIN);
    }

    private static RequestSpecification by(Secret key) {
        return given().header("Authorization", "Bearer " + key.reveal());
    }

    private static Secret secret(String name) {
        String known = System.getProperties()
                .computeIfAbsent(
                        AdminModelsTest.class.getName() + "." + name,
                        first -> Secret.random(Secret.Kind.API_KEY).reveal())
                .toString();
        return Secret.of(Secret.Kind.API_KEY, known).orElseThrow();
    }
}
