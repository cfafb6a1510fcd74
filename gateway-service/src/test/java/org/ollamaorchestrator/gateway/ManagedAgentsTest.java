package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
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
import java.time.Instant;
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

/** Agents that are let in and shut out at run time: by tokens, and by enrolment. */
@QuarkusTest
@TestProfile(ManagedAgentsTest.WithDataDir.class)
@NullMarked
class ManagedAgentsTest {

    private static final Secret ADMIN = secret("AGENTS_ADMIN", Secret.Kind.API_KEY);
    private static final Secret USER = secret("AGENTS_USER", Secret.Kind.API_KEY);
    private static final Secret CONFIGURED = secret("AGENTS_CONFIGURED", Secret.Kind.AGENT_TOKEN);

    @Inject
    Vertx vertx;

    @Inject
    AgentsPort agentsPort;

    @Inject
    AgroalDataSource database;

    private final List<FakeAgent> opened = new ArrayList<>();

    public static final class WithDataDir implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            try {
                return Map.of(
                        "orchestrator.keys.boss.hash", SecretHash.of(ADMIN, "").hex(),
                        "orchestrator.keys.boss.admin", "true",
                        "orchestrator.keys.user.hash", SecretHash.of(USER, "").hex(),
                        "orchestrator.agents.tokens.fixed.hash",
                                SecretHash.of(CONFIGURED, "").hex(),
                        "orchestrator.data-dir",
                                Files.createTempDirectory("gateway-agents").toString(),
                        "quarkus.http.host", "127.0.0.1");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @AfterEach
    void closeAll() {
        opened.forEach(FakeAgent::close);
        await().untilAsserted(() -> byAdmin().get("/api/agents/status").then().body("total", equalTo(0)));
    }

    @Test
    void a_created_agent_connects_by_its_token_and_is_listed_with_its_id_but_without_its_secret() {
        String token = created("anna");

        connected(token).registered("box-1", 1, "tiny:latest");

        await().untilAsserted(() -> listed("anna")
                .body("source", equalTo("managed"))
                .body("agentId", equalTo("box-1"))
                .body("connected", notNullValue())
                .body("revoked", nullValue()));
        assertThat(byAdmin().get("/api/admin/agents").asString())
                .contains("\"source\":\"configuration\"")
                .doesNotContain(token)
                .doesNotContain(hash(token, Secret.Kind.AGENT_TOKEN));
        assertThat(audited("anna")).containsExactly("agent_created by boss");
    }

    @Test
    void revoking_closes_that_agents_connection_with_4401_and_no_other() {
        FakeAgent revoked = connected(created("bert")).registered("box-2", 1, "tiny:latest");
        FakeAgent other = connected(created("carl")).registered("box-3", 1, "tiny:latest");
        String token = created("bert-2");

        byAdmin().delete("/api/admin/agents/bert").then().statusCode(204);

        assertThat(revoked.awaitClose()).isEqualTo(4401);
        assertThat(other.isOpen()).isTrue();
        byAdmin().delete("/api/admin/agents/bert").then().statusCode(404);
        // Its id is free for the credential that comes after it.
        connected(token).registered("box-2", 1, "tiny:latest");
        assertThat(audited("bert")).containsExactly("agent_created by boss", "agent_revoked by boss");
    }

    @Test
    void a_revoked_agent_cannot_connect_again_and_its_name_is_free() {
        String token = created("dora");

        byAdmin().delete("/api/admin/agents/dora").then().statusCode(204);

        assertRefused(token);
        connected(created("dora")).registered("box-4", 1, "tiny:latest");
        assertRefused(token);
    }

    @Test
    void a_token_that_expires_ends_its_connection() {
        Instant soon = Instant.now().plusSeconds(2);
        String token = create("/api/admin/agents", "\"name\":\"emil\",\"expires\":\"" + soon + "\"")
                .statusCode(201)
                .extract()
                .path("secret");
        FakeAgent agent = connected(token).registered("box-5", 1, "tiny:latest");

        assertThat(agent.awaitClose()).isEqualTo(4401);

        assertThat(Instant.now()).isAfterOrEqualTo(soon);
        assertRefused(token);
    }

    @Test
    void an_id_belongs_to_the_credential_that_used_it_first() {
        connected(created("frida")).registered("box-6", 1, "tiny:latest");
        FakeAgent thief = connected(created("gustav"));

        thief.say("{\"type\":\"register\",\"protocol\":2,\"agentId\":\"box-6\",\"instanceId\":\"x\",\"slots\":1}");

        assertThat(thief.awaitClose()).isEqualTo(4003);
    }

    @Test
    void an_enrolment_token_is_exchanged_for_a_token_of_the_agents_own_on_both_ports() {
        String first = invited("hans");
        String second = invited("ida");

        String hans = enrolled(agentsPort.port(), first);
        String ida = enrol(RestAssured.port, second).statusCode(201).extract().path("token");

        connected(hans).registered("box-7", 1, "tiny:latest");
        connected(ida).registered("box-8", 1, "tiny:latest");
        await().untilAsserted(() -> listed("hans")
                .body("source", equalTo("enrolment"))
                .body("agentId", equalTo("box-7"))
                .body("enrolmentExpires", nullValue()));
        assertThat(audited("hans")).containsExactly("agent_invited by boss", "agent_enrolled by 127.0.0.1");
    }

    @Test
    void an_exchange_whose_answer_was_lost_can_be_repeated_and_voids_the_token_of_the_one_before() {
        String enrolment = invited("jan");
        String lost = enrolled(agentsPort.port(), enrolment);

        String token = enrolled(agentsPort.port(), enrolment);

        assertRefused(lost);
        connected(token).registered("box-9", 1, "tiny:latest");
        assertRefused(lost);
    }

    @Test
    void after_the_first_connection_a_replay_is_refused_and_audited() {
        String enrolment = invited("karl");
        String token = enrolled(agentsPort.port(), enrolment);
        FakeAgent agent = connected(token).registered("box-10", 1, "tiny:latest");

        enrol(agentsPort.port(), enrolment)
                .statusCode(403)
                .body("error", equalTo("the enrolment token was used already"));

        assertThat(agent.isOpen()).isTrue();
        agent.close();
        connected(token).registered("box-10", 1, "tiny:latest");
        await().untilAsserted(
                        () -> assertThat(strings("SELECT subject FROM audit_events WHERE event = 'agent_refused'"))
                                .contains("enrolment: the enrolment token was used already"));
    }

    @Test
    void an_enrolment_token_that_lapsed_or_was_revoked_is_refused_and_the_name_can_be_invited_again() {
        String lapsed = create("/api/admin/agents/enrolments", "\"name\":\"lena\",\"ttl\":\"1ms\"")
                .statusCode(201)
                .extract()
                .path("secret");
        await().untilAsserted(() ->
                enrol(agentsPort.port(), lapsed).statusCode(403).body("error", startsWith("the enrolment token has")));
        String revoked = invited("lena");
        create("/api/admin/agents/enrolments", "\"name\":\"lena\"").statusCode(409);

        byAdmin().delete("/api/admin/agents/lena").then().statusCode(204);

        enrol(agentsPort.port(), revoked).statusCode(403).body("error", equalTo("the enrolment token was revoked"));
        enrol(agentsPort.port(), lapsed).statusCode(403);
        enrol(agentsPort.port(), Secret.random(Secret.Kind.ENROLMENT_TOKEN).reveal())
                .statusCode(403)
                .body("error", equalTo("the enrolment token is not known"));
    }

    @Test
    void an_enrolment_is_no_web_pages_business_and_needs_a_token_of_its_kind() {
        String enrolment = invited("mona");

        given().port(agentsPort.port())
                .header("Authorization", "Bearer " + enrolment)
                .header("Origin", "https://elsewhere.example")
                .post("/agents/enrol")
                .then()
                .statusCode(403);
        given().port(agentsPort.port()).post("/agents/enrol").then().statusCode(401);
        enrol(agentsPort.port(), CONFIGURED.reveal()).statusCode(401);
        assertRefused(enrolment);

        assertThat(enrolled(agentsPort.port(), enrolment)).startsWith("ola_");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /api/admin/agents            | {}                                    | name is missing
            /api/admin/agents            | {"name":"a b"}                        | name has to be
            /api/admin/agents            | {"name":"x","expires":"tomorrow"}     | expires is not a time
            /api/admin/agents            | {"name":"x","ttl":"1h"}               | ttl is not known
            /api/admin/agents/enrolments | {"name":"x","ttl":"soon"}             | ttl is not a duration
            /api/admin/agents/enrolments | {"name":"x","ttl":"-1s"}              | ttl is not more than nothing
            /api/admin/agents/enrolments | {"name":"x","ttl":"31d"}              | ttl is not more than nothing, or is more than
            /api/admin/agents/enrolments | {"name":"x","expires":"2027-01-01T00:00:00Z"} | expires is not known
            """)
    void a_field_that_cannot_be_taken_is_named(String path, String body, String error) {
        byAdmin()
                .contentType("application/json")
                .body(body)
                .post(path)
                .then()
                .statusCode(400)
                .body("error", startsWith(error));
    }

    @Test
    void only_administrators_may_and_the_configurations_agents_stay() {
        by(USER).get("/api/admin/agents").then().statusCode(403);
        by(USER).contentType("application/json")
                .body("{\"name\":\"nina\"}")
                .post("/api/admin/agents/enrolments")
                .then()
                .statusCode(403);
        byAdmin().delete("/api/admin/agents/fixed").then().statusCode(409);
        create("/api/admin/agents", "\"name\":\"fixed\"").statusCode(409);

        connected(CONFIGURED.reveal()).registered("box-11", 1, "tiny:latest");

        await().untilAsserted(() ->
                listed("fixed").body("source", equalTo("configuration")).body("agentId", equalTo("box-11")));
    }

    /** The profile is read by another class loader than the tests: both have to see the same one. */
    private static Secret secret(String name, Secret.Kind kind) {
        String known = System.getProperties()
                .computeIfAbsent(
                        ManagedAgentsTest.class.getName() + "." + name,
                        first -> Secret.random(kind).reveal())
                .toString();
        return Secret.of(kind, known).orElseThrow();
    }

    private ValidatableResponse listed(String name) {
        Response list = byAdmin().get("/api/admin/agents");
        return list.then().rootPath("agents.find { it.name == '" + name + "' && it.revoked == null }");
    }

    private static RequestSpecification byAdmin() {
        return by(ADMIN);
    }

    private static RequestSpecification by(Secret key) {
        return given().header("Authorization", "Bearer " + key.reveal());
    }

    private static ValidatableResponse create(String path, String fields) {
        return byAdmin()
                .contentType("application/json")
                .body("{" + fields + "}")
                .post(path)
                .then();
    }

    private static String created(String name) {
        return create("/api/admin/agents", "\"name\":\"" + name + "\"")
                .statusCode(201)
                .extract()
                .path("secret");
    }

    private static String invited(String name) {
        return create("/api/admin/agents/enrolments", "\"name\":\"" + name + "\"")
                .statusCode(201)
                .extract()
                .path("secret");
    }

    private static ValidatableResponse enrol(int port, String enrolment) {
        return given().port(port)
                .header("Authorization", "Bearer " + enrolment)
                .post("/agents/enrol")
                .then();
    }

    private static String enrolled(int port, String enrolment) {
        return enrol(port, enrolment).statusCode(201).extract().path("token");
    }

    private FakeAgent connected(String token) {
        FakeAgent agent = FakeAgent.connect(vertx, agentsPort.port(), "/", "Bearer " + token);
        opened.add(agent);
        return agent;
    }

    private void assertRefused(String token) {
        assertThatThrownBy(() -> connected(token)).hasStackTraceContaining("401");
    }

    private static String hash(String text, Secret.Kind kind) {
        return SecretHash.of(Secret.of(kind, text).orElseThrow(), "").hex();
    }

    private List<String> audited(String name) {
        return strings("SELECT event || ' by ' || actor FROM audit_events WHERE subject = '" + name + "' ORDER BY at");
    }

    private List<String> strings(String query) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            var strings = new ArrayList<String>();
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
            return strings;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
