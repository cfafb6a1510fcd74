package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.startsWith;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketConnectOptions;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.agents.AgentsPort;
import org.ollamaorchestrator.gateway.security.Denials;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.gateway.store.FirstKey;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** Keys that are given out and taken back at run time, and what the gateway writes down of their use. */
@QuarkusTest
@TestProfile(ManagedKeysTest.WithDataDir.class)
@NullMarked
class ManagedKeysTest {

    private static final Secret ADMIN = secret("ADMIN");
    private static final Secret USER = secret("USER");

    private static final String FIRST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}";
    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}";

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @Inject
    AgroalDataSource database;

    @Inject
    GatewayConfig config;

    @Inject
    Denials denials;

    private final List<FakeAgent> opened = new ArrayList<>();

    public static final class WithDataDir implements QuarkusTestProfile {
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

    private FakeAgent agent;

    @BeforeEach
    void anAgent() {
        agent = FakeAgent.connect(vertx, agentsPort.port(), "/").registered("a", 4, "tiny:latest");
        opened.add(agent);
    }

    @AfterEach
    void closeAll() {
        opened.forEach(FakeAgent::close);
        await().untilAsserted(() ->
                by(ADMIN.reveal()).get("/api/agents/status").then().body("total", equalTo(0)));
    }

    @Test
    void a_created_key_works_at_once_is_listed_without_its_secret_and_ends_with_its_revocation() {
        String secret = created("\"name\":\"anna\",\"models\":[\"tiny\",\"llama*\"],\"requestsPerMinute\":60");

        by(secret).get("/v1/models").then().statusCode(200);
        Response list = by(ADMIN.reveal()).get("/api/admin/keys");
        list.then()
                .statusCode(200)
                .body("keys.find { it.name == 'anna' }.source", equalTo("managed"))
                .body("keys.find { it.name == 'anna' }.requestsPerMinute", equalTo(60))
                .body("keys.find { it.name == 'anna' }.models", hasItem("llama*"))
                .body("keys.find { it.name == 'boss' }.source", equalTo("configuration"));
        assertThat(list.asString())
                .doesNotContain(secret)
                .doesNotContain(
                        SecretHash.of(Secret.of(Secret.Kind.API_KEY, secret).orElseThrow(), "")
                                .hex());

        by(ADMIN.reveal()).delete("/api/admin/keys/anna").then().statusCode(204);

        long refused = denials.count(Denials.Reason.REVOKED_KEY);
        by(secret).get("/v1/models").then().statusCode(401).body("error.message", equalTo("the API key is not valid"));
        assertThat(denials.count(Denials.Reason.REVOKED_KEY)).isEqualTo(refused + 1);
        by(ADMIN.reveal()).delete("/api/admin/keys/anna").then().statusCode(404);
        create("\"name\":\"anna\"").statusCode(409).body("error", startsWith("the name anna is another key's"));
        assertThat(strings("SELECT event FROM audit_events WHERE subject = 'anna' AND actor = 'boss' ORDER BY at"))
                .containsExactly("key_created", "key_revoked");
    }

    @Test
    void an_administrators_key_that_another_process_put_into_the_directory_works_within_seconds() {
        String secret = switch (FirstKey.create(config.dataDir().orElseThrow(), "second-boss", "")) {
            case FirstKey.Created(Secret created) -> created.reveal();
            case FirstKey.NameTaken taken -> throw new AssertionError(taken);
            case FirstKey.Failed failed -> throw new AssertionError(failed);
        };

        await().untilAsserted(() ->
                by(secret).get("/api/admin/keys").then().statusCode(200).body("keys.name", hasItem("second-boss")));
        assertThat(strings("SELECT actor FROM audit_events WHERE subject = 'second-boss'"))
                .containsExactly("command line");
    }

    @Test
    void a_rotated_key_has_a_new_secret_and_the_old_one_is_worth_nothing() {
        String old = created("\"name\":\"rita\"");

        String secret = by(ADMIN.reveal())
                .post("/api/admin/keys/rita/rotate")
                .then()
                .statusCode(200)
                .extract()
                .path("secret");

        by(secret).get("/v1/models").then().statusCode(200);
        by(old).get("/v1/models").then().statusCode(401);
    }

    @Test
    void revoking_a_key_ends_what_it_runs_within_seconds_with_an_error_of_its_dialect() {
        String secret = created("\"name\":\"rude\"");
        CompletableFuture<Response> running = ask(secret, "/v1/chat/completions", "go on", true);
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, FIRST);
        CompletableFuture<Response> another = ask(secret, "/v1/messages", "wait", false);
        var _ = agent.await(OllamaJob.class);

        long before = System.nanoTime();
        by(ADMIN.reveal()).delete("/api/admin/keys/rude").then().statusCode(204);

        var _ = agent.await(Cancel.class);
        var _ = agent.await(Cancel.class);
        assertThat(running.join().asString())
                .contains("\"message\":\"the API key was revoked\"")
                .contains("authentication_error")
                .doesNotContain("[DONE]");
        assertThat(another.join().statusCode()).isEqualTo(401);
        another.join().then().body("error.type", equalTo("authentication_error"));
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void who_is_no_administrator_hears_nothing_but_403() {
        for (String path : List.of("/api/admin/keys/anna", "/api/admin/keys/boss", "/api/admin/keys/nobody")) {
            by(USER.reveal()).delete(path).then().statusCode(403).body("error", containsString("administrator"));
        }
        by(USER.reveal()).get("/api/admin/keys").then().statusCode(403);
        by(USER.reveal())
                .body("{\"name\":\"x\"}")
                .post("/api/admin/keys")
                .then()
                .statusCode(403);
        by(USER.reveal()).post("/api/admin/keys/boss/rotate").then().statusCode(403);
        await().untilAsserted(() -> assertThat(
                        strings(
                                "SELECT subject FROM audit_events WHERE event = 'admin_refused' AND actor = 'user' AND subject LIKE '%/keys%'"))
                .hasSize(6));
    }

    @Test
    void a_key_of_the_configuration_cannot_be_changed() {
        by(ADMIN.reveal())
                .delete("/api/admin/keys/user")
                .then()
                .statusCode(409)
                .body("error", containsString("configuration"));
        by(ADMIN.reveal()).post("/api/admin/keys/user/rotate").then().statusCode(409);
        create("\"name\":\"user\"").statusCode(409);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "admin":true                                | name
            "name":""                                   | name
            "name":"a b"                                | name
            "name":"anonymous"                          | name
            "name":7                                    | name
            "name":"x","models":"tiny"                  | models
            "name":"x","models":[]                      | models
            "name":"x","models":[" "]                   | models
            "name":"x","admin":"yes"                    | admin
            "name":"x","requestsPerMinute":-1           | requestsPerMinute
            "name":"x","tokensPerDay":1.5               | tokensPerDay
            "name":"x","tokensPerMinute":1e30           | tokensPerMinute
            "name":"x","weight":0                       | weight
            "name":"x","priority":"urgent"              | priority
            "name":"x","expires":"tomorrow"             | expires
            "name":"x","expires":"+1000000000-12-31T00:00:00Z" | expires
            "name":"x","requestPerMinute":5             | requestPerMinute
            """)
    void a_bad_field_is_named(String fields, String field) {
        create(fields).statusCode(400).body("error", startsWith(field + " "));
    }

    @Test
    void each_request_has_one_row_in_the_ledger_with_what_it_used() {
        String secret = created("\"name\":\"lena\"");
        answered(secret, "Hi");
        by(secret)
                .body("{\"model\":\"absent\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                .post("/v1/chat/completions")
                .then()
                .statusCode(404);

        await().untilAsserted(() -> assertThat(strings(
                        "SELECT model || ' ' || agent || ' ' || prompt_tokens || ' ' || answer_tokens || ' ' || exact"
                                + " FROM usage_ledger WHERE key_name = 'lena' AND ended = 'done'"))
                .containsExactly("tiny:latest a 9 2 1"));
        await().untilAsserted(() -> assertThat(
                        strings(
                                "SELECT ended FROM usage_ledger WHERE key_name = 'lena' AND agent IS NULL AND queue_ms IS NULL"))
                .containsExactly("NoSuchModel"));
        assertThat(
                        strings(
                                "SELECT id FROM usage_ledger WHERE first_line_ms > duration_ms OR queue_ms > duration_ms OR load_ms > queue_ms"))
                .isEmpty();
    }

    @Test
    void a_days_budget_is_crossed_by_one_request_of_many_at_the_same_time_however_long_their_answers_are() {
        String secret = created("\"name\":\"greedy\",\"tokensPerDay\":30000");
        String endless = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Go on\"}]}";

        List<CompletableFuture<Response>> asked = Stream.generate(() -> ask(secret, "/v1/chat/completions", endless))
                .limit(12)
                .toList();

        // Nobody ends: three may use 28,000 tokens, and the fourth is the one that crosses.
        List<OllamaJob> let =
                Stream.generate(() -> agent.await(OllamaJob.class)).limit(4).toList();
        await().untilAsserted(() ->
                assertThat(asked).filteredOn(CompletableFuture::isDone).hasSize(8));
        assertThat(asked)
                .filteredOn(CompletableFuture::isDone)
                .allSatisfy(refused -> refused.join()
                        .then()
                        .statusCode(429)
                        .header("Retry-After", "5")
                        .body("error.message", containsString("tokens per day, should its running requests")));

        for (OllamaJob job : let) {
            assertThat(String.valueOf(job.request())).contains("\"num_predict\":8192");
            agent.sayLines(job.jobId(), 1, LAST.replace("\"eval_count\":2", "\"eval_count\":8192"));
            agent.say(new JobComplete(job.jobId(), 1L));
        }
        asked.forEach(answer -> assertThat(answer.join().statusCode()).isIn(200, 429));
        ask(secret, "/v1/chat/completions", endless)
                .join()
                .then()
                .statusCode(429)
                .body("error.message", equalTo("this key has used up its limit of tokens per day; try again later"));
        await().untilAsserted(() -> assertThat(
                        strings(
                                "SELECT SUM(prompt_tokens + answer_tokens) || ' ' || COUNT(*) FROM usage_ledger WHERE key_name = 'greedy'"))
                .containsExactly(4 * (9 + 8_192) + " 4"));
    }

    @Test
    void what_was_counted_as_more_than_a_budget_was_told_is_in_the_log() {
        String secret = created("\"name\":\"surprised\",\"tokensPerDay\":30000");
        var logged = new ConcurrentLinkedQueue<String>();
        Handler handler = listening(logged);
        Logger.getLogger("").addHandler(handler);
        try {
            CompletableFuture<Response> answer = ask(secret, "/v1/chat/completions", "Hi", false);
            OllamaJob job = agent.await(OllamaJob.class);
            agent.sayLines(job.jobId(), 1, LAST.replace("\"eval_count\":2", "\"eval_count\":20000"));
            agent.say(new JobComplete(job.jobId(), 1L));
            assertThat(answer.join().statusCode()).isEqualTo(200);

            await().untilAsserted(() -> assertThat(logged.toString())
                    .contains("a request of key surprised to model tiny was counted as 20009 tokens"));
        } finally {
            Logger.getLogger("").removeHandler(handler);
        }
    }

    @Test
    void who_drained_an_agent_and_who_resumed_it_is_in_the_audit() {
        by(ADMIN.reveal()).post("/api/admin/agents/a/drain").then().statusCode(204);
        by(ADMIN.reveal()).post("/api/admin/agents/a/resume").then().statusCode(204);
        by(ADMIN.reveal()).post("/api/admin/agents/nobody/drain").then().statusCode(404);
        by(USER.reveal()).post("/api/admin/agents/a/drain").then().statusCode(403);

        await().untilAsserted(() -> assertThat(
                        strings(
                                "SELECT event || ' ' || actor || ' ' || subject FROM audit_events WHERE event = 'agent_drained'"
                                        + " OR event = 'agent_resumed' OR (event = 'admin_refused' AND subject LIKE '%/agents')"))
                .containsExactlyInAnyOrder(
                        "agent_drained boss a", "agent_resumed boss a", "admin_refused user POST /api/admin/agents"));
    }

    @Test
    void an_administrator_who_ends_anothers_request_is_in_the_audit_and_who_ends_its_own_is_not() {
        String secret = created("\"name\":\"asker\"");

        CompletableFuture<Response> first = ask(secret, "/v1/chat/completions", "Hi", false);
        String anothers = theOneRunning(secret);
        by(ADMIN.reveal()).delete("/api/jobs/" + anothers).then().statusCode(204);
        assertThat(first.join().statusCode()).isGreaterThanOrEqualTo(400);
        CompletableFuture<Response> second = ask(secret, "/v1/chat/completions", "Hi", false);
        by(secret).delete("/api/jobs/" + theOneRunning(secret)).then().statusCode(204);
        assertThat(second.join().statusCode()).isGreaterThanOrEqualTo(400);

        await().untilAsserted(() -> assertThat(
                        strings("SELECT actor || ' ' || subject FROM audit_events WHERE event = 'request_ended'"))
                .containsExactly("boss " + anothers + " of asker"));
    }

    /** The request of that key which has reached its agent, and is not answered. */
    private String theOneRunning(String secret) {
        agent.await(OllamaJob.class);
        await().untilAsserted(() -> by(secret).get("/api/jobs").then().body("jobs.size()", equalTo(1)));
        return by(secret).get("/api/jobs").then().extract().path("jobs[0].id");
    }

    @Test
    void an_agent_that_is_refused_is_in_the_audit() {
        var refused = vertx.createWebSocketClient()
                .connect(new WebSocketConnectOptions()
                        .setHost("localhost")
                        .setPort(agentsPort.port())
                        .setURI("/agents")
                        .putHeader("Origin", "http://evil.example"))
                .toCompletionStage()
                .toCompletableFuture();
        assertThat(refused).failsWithin(Duration.ofSeconds(10));

        await().untilAsserted(
                        () -> assertThat(strings("SELECT subject FROM audit_events WHERE event = 'agent_refused'"))
                                .contains("403"));
    }

    @Test
    void a_client_that_is_refused_is_in_the_audit_with_its_address_and_without_its_secret() {
        String wrong = Secret.random(Secret.Kind.API_KEY).reveal();
        String over = created("\"name\":\"over\",\"expires\":\"2020-01-01T00:00:00Z\"");
        String elsewhere = created("\"name\":\"elsewhere\",\"models\":[\"llama*\"]");
        String back = created("\"name\":\"taken-back\"");
        by(ADMIN.reveal()).delete("/api/admin/keys/taken-back").then().statusCode(204);

        by(wrong).get("/v1/models").then().statusCode(401);
        by(over).get("/v1/models").then().statusCode(401);
        by(back).get("/v1/models").then().statusCode(401);
        assertThat(ask(elsewhere, "/api/chat", "Hi", false).join().statusCode()).isEqualTo(403);

        await().untilAsserted(() -> assertThat(
                        strings(
                                "SELECT event || ' ' || actor || ' ' || subject FROM audit_events WHERE event IN"
                                        + " ('key_refused', 'model_refused') AND (actor = '127.0.0.1' OR actor IN ('over', 'elsewhere', 'taken-back'))"))
                .contains(
                        "key_refused 127.0.0.1 unknown key",
                        "key_refused over expired key, from 127.0.0.1",
                        "key_refused taken-back revoked key, from 127.0.0.1",
                        "model_refused elsewhere from 127.0.0.1: tiny:latest"));
        assertThat(everythingStored()).doesNotContain(wrong).doesNotContain(over);
    }

    @Test
    void no_prompt_and_no_secret_is_in_a_log_a_table_or_an_error() {
        String canary = "canary" + UUID.randomUUID().toString().replace("-", "");
        var logged = new ConcurrentLinkedQueue<String>();
        Handler handler = listening(logged);
        Logger.getLogger("").addHandler(handler);
        var errors = new StringBuilder();
        String secret;
        try {
            secret = created("\"name\":\"silent\"");
            answered(secret, canary);
            errors.append(by(secret)
                    .body("{\"name\":\"" + canary + " \"}")
                    .post("/api/admin/keys")
                    .asString());
            errors.append(by(ADMIN.reveal())
                    .body("{\"name\":\"x\",\"expires\":\"" + canary + "\"}")
                    .post("/api/admin/keys")
                    .asString());
            errors.append(by(ADMIN.reveal())
                    .body("{\"name\":\"" + canary)
                    .post("/api/admin/keys")
                    .asString());
            errors.append(by(canary).get("/v1/models").asString());
            errors.append(by(secret)
                    .body("{\"model\":\"tiny\",\"messages\":\"" + canary + "\"}")
                    .post("/v1/chat/completions")
                    .asString());
            by(ADMIN.reveal()).delete("/api/admin/keys/silent").then().statusCode(204);
            errors.append(by(secret).get("/v1/models").asString());
            await().untilAsserted(() -> assertThat(strings("SELECT id FROM usage_ledger WHERE key_name = 'silent'"))
                    .hasSize(1));
        } finally {
            Logger.getLogger("").removeHandler(handler);
        }

        assertThat(logged.toString()).contains("ended: done");
        for (String seen : List.of(logged.toString(), errors.toString(), everythingStored())) {
            assertThat(seen).doesNotContain(canary).doesNotContain(secret).doesNotContain(ADMIN.reveal());
        }
    }

    private static Handler listening(Collection<String> logged) {
        var text = new PatternFormatter("%c %s %X %e");
        return new Handler() {
            @Override
            public void publish(LogRecord line) {
                logged.add(text.format(line));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    private String everythingStored() {
        var all = new StringBuilder();
        for (String table : List.of("api_keys", "usage_ledger", "audit_events")) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
                while (rows.next()) {
                    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                        all.append(rows.getString(i)).append(' ');
                    }
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        return all.toString();
    }

    private List<String> strings(String query) {
        var strings = new ArrayList<String>();
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return strings;
    }

    private static String created(String fields) {
        return create(fields).statusCode(201).extract().path("secret");
    }

    private static ValidatableResponse create(String fields) {
        return by(ADMIN.reveal())
                .body("{" + fields + "}")
                .post("/api/admin/keys")
                .then();
    }

    private void answered(String key, String prompt) {
        CompletableFuture<Response> answer = ask(key, "/v1/chat/completions", prompt, false);
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));
        assertThat(answer.join().statusCode()).isEqualTo(200);
    }

    private static CompletableFuture<Response> ask(String key, String path, String prompt, boolean stream) {
        String body =
                "{\"model\":\"tiny\",\"max_tokens\":50,\"stream\":%b,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(stream, prompt);
        return ask(key, path, body);
    }

    private static CompletableFuture<Response> ask(String key, String path, String body) {
        return CompletableFuture.supplyAsync(() -> by(key).body(body).post(path), Thread::startVirtualThread);
    }

    private static RequestSpecification by(String key) {
        return given().header("Authorization", "Bearer " + key).contentType("application/json");
    }

    /** The test and the application see this class by two class loaders, and must mean the same secret. */
    private static Secret secret(String name) {
        String known = System.getProperties()
                .computeIfAbsent(
                        ManagedKeysTest.class.getName() + "." + name,
                        first -> Secret.random(Secret.Kind.API_KEY).reveal())
                .toString();
        return Secret.of(Secret.Kind.API_KEY, known).orElseThrow();
    }
}
