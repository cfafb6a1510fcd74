package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketConnectOptions;
import jakarta.inject.Inject;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.agents.AgentsPort;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;

/** Who may call, who may join, and how much each may use. */
@QuarkusTest
@TestProfile(IdentityTest.WithKeys.class)
@NullMarked
class IdentityTest {

    private static final Secret FREE = secret("FREE", Secret.Kind.API_KEY);
    private static final Secret OTHER_MODEL = secret("OTHER_MODEL", Secret.Kind.API_KEY);
    private static final Secret OVER = secret("OVER", Secret.Kind.API_KEY);
    private static final Secret THREE_A_MINUTE = secret("THREE_A_MINUTE", Secret.Kind.API_KEY);
    private static final Secret ONE_AT_A_TIME = secret("ONE_AT_A_TIME", Secret.Kind.API_KEY);
    private static final Secret SMALL_BUDGET = secret("SMALL_BUDGET", Secret.Kind.API_KEY);
    private static final Secret AGENT = secret("AGENT", Secret.Kind.AGENT_TOKEN);
    private static final Secret OTHER_AGENT = secret("OTHER_AGENT", Secret.Kind.AGENT_TOKEN);

    private static final String ASK = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":9,\"eval_count\":2}";

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    private final List<AutoCloseable> opened = new ArrayList<>();

    public static final class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            var keys = new HashMap<String, String>();
            key(keys, "free", FREE);
            key(keys, "other", OTHER_MODEL, "models", "llama*,phi");
            key(keys, "over", OVER, "expires", "2020-01-01T00:00:00Z");
            key(keys, "slow", THREE_A_MINUTE, "requests-per-minute", "3");
            key(keys, "one", ONE_AT_A_TIME, "concurrent", "1");
            key(keys, "budget", SMALL_BUDGET, "tokens-per-day", "10");
            keys.put(
                    "orchestrator.agents.tokens.a.hash",
                    SecretHash.of(AGENT, "").hex());
            keys.put(
                    "orchestrator.agents.tokens.b.hash",
                    SecretHash.of(OTHER_AGENT, "").hex());
            keys.put("orchestrator.limits.num-ctx", "8192");
            keys.put("orchestrator.limits.num-predict", "500");
            keys.put("quarkus.http.host", "127.0.0.1");
            return keys;
        }

        private static void key(Map<String, String> keys, String name, Secret secret, String... more) {
            keys.put(
                    "orchestrator.keys." + name + ".hash",
                    SecretHash.of(secret, "").hex());
            for (int i = 0; i < more.length; i += 2) {
                keys.put("orchestrator.keys." + name + "." + more[i], more[i + 1]);
            }
        }
    }

    private FakeAgent agent;

    @BeforeEach
    void anAgentWithItsToken() {
        agent = connected(AGENT).registered("a", 4, "tiny:latest");
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        await().untilAsserted(() -> given().header("x-api-key", FREE.reveal())
                .get("/api/agents/status")
                .then()
                .body("total", equalTo(0)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /v1/chat/completions      | error.type    | authentication_error
            /v1/messages              | error.type    | authentication_error
            /api/chat                 | error         | an API key is needed: send it as "Authorization: Bearer" or "x-api-key"
            /api/agents               | error         | an API key is needed: send it as "Authorization: Bearer" or "x-api-key"
            /api/chat/completions     | error         | an API key is needed: send it as "Authorization: Bearer" or "x-api-key"
            /q/openapi                | error         | an API key is needed: send it as "Authorization: Bearer" or "x-api-key"
            """)
    void without_a_key_nothing_is_told_but_that_one_is_needed(String path, String field, String value) {
        given().contentType("application/json")
                .body(ASK)
                .post(path)
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", "Bearer")
                .body(field, equalTo(value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/q/health", "/q/health/live", "/q/health/ready", "/"})
    void what_probes_and_clients_look_for_is_open(String path) {
        given().get(path).then().statusCode(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"//v1/models", "/v1/../v1/models", "/q/health/../../v1/models", "/%76%31/models"})
    void no_spelling_of_a_path_goes_round_the_key(String path) {
        Response answer = given().urlEncodingEnabled(false).get(path);

        assertThat(answer.statusCode()).isIn(401, 404, 400);
        assertThat(answer.asString()).doesNotContain("tiny");
    }

    @Test
    void a_key_that_is_nobodys_mistyped_or_expired_is_refused_and_not_repeated() {
        String typo = FREE.reveal().substring(0, FREE.reveal().length() - 1) + "-";
        for (String wrong :
                new String[] {Secret.random(Secret.Kind.API_KEY).reveal(), typo, "secret", OVER.reveal(), AGENT.reveal()
                }) {
            Response answer = asked(wrong);

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.asString()).doesNotContain(wrong);
        }
    }

    @Test
    void each_refusal_is_counted_by_its_reason_and_no_metric_tells_what_was_presented() {
        String unknown = Secret.random(Secret.Kind.API_KEY).reveal();
        Map<String, Double> before = denials();

        given().get("/v1/models").then().statusCode(401);
        assertThat(asked(unknown).statusCode()).isEqualTo(401);
        assertThat(asked(OVER.reveal()).statusCode()).isEqualTo(401);
        assertThat(asked(OTHER_MODEL.reveal()).statusCode()).isEqualTo(403);
        given().header("x-api-key", FREE.reveal()).get("/api/admin/keys").then().statusCode(403);
        assertThat(rejection("Bearer " + unknown)).isEqualTo(401);

        Map<String, Double> more = denials();
        more.replaceAll((reason, count) -> count - before.getOrDefault(reason, 0.0));
        more.values().removeIf(count -> count == 0);
        assertThat(more)
                .isEqualTo(Map.of(
                        "no_key", 1.0,
                        "unknown_key", 1.0,
                        "expired_key", 1.0,
                        "model_not_allowed", 1.0,
                        "not_administrator", 1.0,
                        "agent_unknown", 1.0));
        assertThat(scrape()).doesNotContain(unknown).doesNotContain(OVER.reveal());
    }

    @Test
    void a_key_is_taken_as_bearer_as_x_api_key_and_as_basic() {
        String basic = Base64.getEncoder().encodeToString(("ollama:" + FREE.reveal()).getBytes(StandardCharsets.UTF_8));

        given().header("Authorization", "Bearer " + FREE.reveal())
                .get("/v1/models")
                .then()
                .statusCode(200);
        given().header("x-api-key", FREE.reveal()).get("/v1/models").then().statusCode(200);
        given().header("Authorization", "Basic " + basic)
                .get("/api/tags")
                .then()
                .statusCode(200);
    }

    @Test
    void a_key_for_other_models_is_refused_for_this_one() {
        assertThat(asked(OTHER_MODEL.reveal()).statusCode()).isEqualTo(403);
    }

    @Test
    void a_key_never_gets_more_requests_a_minute_than_it_may() {
        for (int i = 2; i >= 0; i--) {
            answered(THREE_A_MINUTE)
                    .then()
                    .statusCode(200)
                    .header("x-ratelimit-limit-requests", "3")
                    .header("x-ratelimit-remaining-requests", String.valueOf(i));
        }

        asked(THREE_A_MINUTE.reveal())
                .then()
                .statusCode(429)
                .header("Retry-After", matchesPattern("[1-9][0-9]?"))
                .header("x-ratelimit-remaining-requests", "0")
                .body("error.type", equalTo("rate_limit_error"))
                .body("error.message", startsWith("this key has used up its limit of requests per minute"));
    }

    @Test
    void a_key_runs_no_more_at_a_time_than_it_may() {
        CompletableFuture<Response> running = ask(ONE_AT_A_TIME.reveal());
        OllamaJob job = agent.await(OllamaJob.class);

        assertThat(asked(ONE_AT_A_TIME.reveal()).statusCode()).isEqualTo(429);

        finish(job);
        assertThat(running.join().statusCode()).isEqualTo(200);
        answered(ONE_AT_A_TIME).then().statusCode(200);
    }

    @Test
    void a_budget_ends_with_the_request_that_crosses_it() {
        answered(SMALL_BUDGET).then().statusCode(200);

        asked(SMALL_BUDGET.reveal())
                .then()
                .statusCode(429)
                .body("error.message", startsWith("this key has used up its limit of tokens per day"));
    }

    @Test
    void an_answer_has_the_owners_bound_and_more_than_that_is_refused_by_its_name() {
        CompletableFuture<Response> running = ask(FREE.reveal());
        OllamaJob job = agent.await(OllamaJob.class);
        assertThat(String.valueOf(job.request())).contains("\"num_predict\":500");
        finish(job);
        assertThat(running.join().statusCode()).isEqualTo(200);

        refused("{\"model\":\"tiny\",\"messages\":[],\"options\":{\"num_predict\":501}}", "options.num_predict");
        refused("{\"model\":\"tiny\",\"messages\":[],\"options\":{\"num_ctx\":9000}}", "options.num_ctx");
    }

    private static void refused(String body, String field) {
        given().header("x-api-key", FREE.reveal())
                .contentType("application/json")
                .body(body)
                .post("/api/chat")
                .then()
                .statusCode(400)
                .body("error", startsWith(field));
    }

    @Test
    void an_agent_without_a_token_or_with_a_clients_key_is_refused_before_the_upgrade() {
        assertThat(rejection("")).isEqualTo(401);
        assertThat(rejection("Bearer " + FREE.reveal())).isEqualTo(401);
        assertThat(rejection("Bearer " + Secret.random(Secret.Kind.AGENT_TOKEN).reveal()))
                .isEqualTo(401);
    }

    @Test
    void an_agents_id_belongs_to_the_token_that_used_it_first() {
        FakeAgent thief = connected(OTHER_AGENT);

        thief.say("{\"type\":\"register\",\"protocol\":2,\"agentId\":\"a\",\"instanceId\":\"a-1\",\"slots\":1}");

        assertThat(thief.awaitClose()).isEqualTo(4003);
        assertThat(agent.isOpen()).isTrue();
    }

    @Test
    void an_agent_of_version_1_puts_its_token_into_its_url() {
        String basic =
                Base64.getEncoder().encodeToString(("agent:" + OTHER_AGENT.reveal()).getBytes(StandardCharsets.UTF_8));
        FakeAgent seeds = opened(FakeAgent.connect(vertx, agentsPort.port(), "/", "Basic " + basic));

        seeds.say("{\"type\":\"register\",\"models\":[\"other\"]}");

        seeds.await(Registered.class);
    }

    /** The test and the application see this class by two class loaders, and must mean the same secret. */
    private static Secret secret(String name, Secret.Kind kind) {
        String property = IdentityTest.class.getName() + "." + name;
        String known = System.getProperties()
                .computeIfAbsent(property, first -> Secret.random(kind).reveal())
                .toString();
        return Secret.of(kind, known).orElseThrow();
    }

    private String scrape() {
        return given().get(metrics).then().statusCode(200).extract().asString();
    }

    /** How many were refused for each reason. */
    private Map<String, Double> denials() {
        Pattern sample = Pattern.compile("(?m)^orchestrator_denials_total\\{reason=\"(\\w+)\"} (.+)$");
        return sample.matcher(scrape())
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> Double.parseDouble(found.group(2))));
    }

    private int rejection(String authorization) {
        try {
            vertx.createWebSocketClient()
                    .connect(new WebSocketConnectOptions()
                            .setHost("localhost")
                            .setPort(agentsPort.port())
                            .setURI("/")
                            .setAllowOriginHeader(false)
                            .putHeader("Authorization", authorization))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            return 101;
        } catch (CompletionException e) {
            return e.getCause() instanceof UpgradeRejectedException rejected ? rejected.getStatus() : -1;
        }
    }

    private FakeAgent connected(Secret token) {
        return opened(FakeAgent.connect(vertx, agentsPort.port(), "/", "Bearer " + token.reveal()));
    }

    private FakeAgent opened(FakeAgent opening) {
        opened.add(opening);
        return opening;
    }

    private Response answered(Secret key) {
        CompletableFuture<Response> answer = ask(key.reveal());
        finish(agent.await(OllamaJob.class));
        return answer.join();
    }

    private void finish(OllamaJob job) {
        agent.sayLines(job.jobId(), 1, LAST);
        agent.say(new JobComplete(job.jobId(), 1L));
    }

    private static Response asked(String key) {
        return ask(key).join();
    }

    private static CompletableFuture<Response> ask(String key) {
        return CompletableFuture.supplyAsync(
                () -> given().header("Authorization", "Bearer " + key)
                        .contentType("application/json")
                        .body(ASK)
                        .post("/v1/chat/completions"),
                Thread::startVirtualThread);
    }
}
