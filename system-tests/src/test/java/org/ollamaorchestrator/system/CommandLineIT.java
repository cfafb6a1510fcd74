package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The packaged gateway's commands, each a process, against a gateway with two agents that keeps its keys. */
@SystemTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineIT {

    private Fleet fleet;

    /** The administrator's. */
    private String key;

    @BeforeAll
    void aFleetWithoutKeysThatGetsItsFirst(@TempDir Path data) {
        fleet = Fleet.plan()
                .agents(2)
                .slots(2)
                .gatewayOption("-Dorchestrator.data-dir=" + data)
                .start();
        assertThat(command("keys").exitCode())
                .as("nobody is an administrator yet")
                .isEqualTo(4);

        GatewayCommand first =
                GatewayCommand.run(Map.of(), "keys", "create", "boss", "--admin", "--data-dir", data.toString());

        assertThat(first.exitCode()).as(first.err()).isZero();
        key = first.out().strip();
        Patience.until("the gateway to know the key", () -> command("keys").exitCode() == 0);
    }

    @AfterAll
    void noFleet() {
        fleet.close();
    }

    @Test
    void a_gateway_that_has_a_key_since_asks_everybody_for_one() {
        GatewayCommand refused = GatewayCommand.run(Map.of("ORCHESTRATOR_URL", url()), "agents");

        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err())
                .isEqualTo(
                        "the gateway wants an API key: set ORCHESTRATOR_KEY, or name a file that has it by --key-file\n");
    }

    @Test
    void the_status_is_for_everybody() {
        GatewayCommand status = GatewayCommand.run(Map.of(), "status", "--url", url(), "--json");

        assertThat(status.exitCode()).isZero();
        assertThat(status.json().path("ready").asBoolean()).isTrue();
        assertThat(status.json().path("agents").asInt()).isEqualTo(2);
        assertThat(status.json().path("slots").asInt()).isEqualTo(4);
        assertThat(GatewayCommand.run(Map.of(), "status", "--url", url()).out())
                .contains("agents      2 connected, 2 of use\nslots       0 of 4 taken\n");
    }

    @Test
    void agents_are_a_table_for_people_and_json_for_scripts() {
        JsonNode agents = command("agents", "--json").json().path("agents");
        assertThat(agents.valueStream().map(agent -> agent.path("name").asText()))
                .containsExactlyInAnyOrder("agent-0", "agent-1");

        GatewayCommand table = command("agents");

        assertThat(table.err()).isEmpty();
        // What room there is depends on the machine that the tests run on.
        assertThat(table.out()
                        .lines()
                        .map(line -> line.replaceAll("(\\S+ of )?\\S+ [kMGT]?B|unknown", "?")
                                .replaceAll(" +", " "))
                        .sorted())
                .containsExactly(
                        "AGENT STATE BUSY MODELS IN MEMORY VRAM TAKEN DISK FREE OLLAMA LABELS",
                        "agent-0 ready 0/2 2 ? ? 0.32.15",
                        "agent-1 ready 0/2 2 ? ? 0.32.15");
    }

    @Test
    void models_are_told_with_the_agents_that_have_them() {
        assertThat(command("models").out().lines().map(line -> line.replaceAll(" +", " ")))
                .contains("MODEL SIZE ON IN MEMORY ON")
                .anyMatch(line -> line.matches("shared:latest \\S+ [kMG]?B agent-0, agent-1"))
                .anyMatch(line -> line.matches(Fleet.modelOf(0) + ":latest \\S+ [kMG]?B agent-0"));
    }

    @Test
    void nobody_waits() {
        GatewayCommand queue = command("queue");

        assertThat(queue.exitCode()).isZero();
        assertThat(queue.out()).isEmpty();
        assertThat(queue.err()).isEqualTo("Nobody waits; 0 running.\n");
        assertThat(command("queue", "--json").json().path("waiting").asInt(-1)).isZero();
    }

    @Test
    void a_key_is_created_used_rotated_and_revoked() {
        String secret =
                command("keys", "create", "anna", "--models", "shared").out().strip();
        assertThat(statusFor(secret)).isEqualTo(200);

        String rotated = command("keys", "rotate", "anna", "--json")
                .json()
                .path("secret")
                .asText();
        assertThat(statusFor(secret)).isEqualTo(401);
        assertThat(statusFor(rotated)).isEqualTo(200);

        assertThat(command("keys", "revoke", "anna").exitCode()).isZero();
        assertThat(statusFor(rotated)).isEqualTo(401);
        assertThat(command("keys", "revoke", "anna"))
                .isEqualTo(new GatewayCommand(1, "", "there is no such key, or it was revoked\n"));
        assertThat(command("keys").out())
                .containsPattern("(?m)^anna +revoked \\d{4}-")
                .doesNotContain(rotated);
    }

    @Test
    void who_is_no_administrator_is_told_so() {
        String secret = command("keys", "create", "user").out().strip();

        GatewayCommand refused = GatewayCommand.run(
                Map.of("ORCHESTRATOR_URL", url(), "ORCHESTRATOR_KEY", secret), "keys", "create", "x");

        assertThat(refused).isEqualTo(new GatewayCommand(4, "", "this needs an API key of an administrator\n"));
    }

    @Test
    void nobody_at_the_url_is_exit_code_3() {
        GatewayCommand lost = GatewayCommand.run(Map.of(), "status", "--url", "http://127.0.0.1:" + Ports.free());

        assertThat(lost.exitCode()).isEqualTo(3);
        assertThat(lost.err().lines()).hasSize(1);
    }

    @Test
    void what_is_written_wrongly_is_exit_code_2() {
        assertThat(command("keys", "crate").exitCode()).isEqualTo(2);
    }

    /** What a key in the configuration was needed for: a gateway may be reached by others once it has one. */
    @Test
    void a_gateway_whose_first_key_was_put_there_before_its_first_start_listens_for_all(@TempDir Path folder) {
        GatewayCommand first = GatewayCommand.run(
                Map.of("ORCHESTRATOR_PEPPER", "salt and"),
                "keys",
                "create",
                "boss",
                "--admin",
                "--data-dir",
                folder.toString());
        assertThat(first.exitCode()).as(first.err()).isZero();
        int port = Ports.free();
        int agentsPort = Ports.free();
        Map<String, String> environment = Map.of(
                "PORT", Integer.toString(port),
                "ORCHESTRATOR_AGENTS_PORT", Integer.toString(agentsPort),
                "GATEWAY_MANAGEMENT_PORT", Integer.toString(Ports.free()),
                "QUARKUS_HTTP_HOST", "0.0.0.0",
                "ORCHESTRATOR_PEPPER", "salt and",
                "ORCHESTRATOR_DATA_DIR", folder.toString());

        try (ServiceProcess gateway =
                ServiceProcess.jar("gateway-with-first-key", Packaged.gateway(), List.of(), List.of(), environment)) {
            gateway.awaitReady(() -> Http.statusOf(port, "/q/health/started").equals(Optional.of(200)));

            var asBoss =
                    Map.of("ORCHESTRATOR_KEY", first.out().strip(), "ORCHESTRATOR_URL", "http://127.0.0.1:" + port);
            assertThat(GatewayCommand.run(asBoss, "keys", "--json")
                            .json()
                            .at("/keys/0/name")
                            .asText())
                    .isEqualTo("boss");
            assertThatAModelIsPulledAndDeleted(asBoss, agentsPort);
            assertThatAnAgentIsLetInAndShutOut(asBoss);
            assertThat(gateway.log()).doesNotContain(first.out().strip());
        }
    }

    private static void assertThatAModelIsPulledAndDeleted(Map<String, String> asBoss, int agentsPort) {
        try (Simulator ollama = Simulator.launch("simulator-of-a-puller", "--models", "tiny");
                Agent puller = Agent.launch("puller", "ws://127.0.0.1:" + agentsPort, ollama.url(), List.of())) {
            puller.process()
                    .awaitReady(() -> GatewayCommand.run(asBoss, "status", "--json")
                                    .json()
                                    .path("usable")
                                    .asInt()
                            == 1);

            GatewayCommand pull = GatewayCommand.run(asBoss, "models", "pull", "fresh:1b");
            assertThat(pull.exitCode()).as(pull.err()).isZero();
            assertThat(pull.out().lines()).last().isEqualTo("puller: done");
            Patience.until(
                    "the model to be listed",
                    () -> GatewayCommand.run(asBoss, "models").out().contains("fresh:1b"));

            GatewayCommand deleted = GatewayCommand.run(asBoss, "models", "rm", "fresh:1b", "--all", "--json");
            assertThat(deleted.json().path("state").asText()).isEqualTo("done");
            assertThat(GatewayCommand.run(asBoss, "models", "operations").out()).contains("delete", "pull", "puller");
            assertThat(GatewayCommand.run(asBoss, "models", "pull", "fresh:1b", "--agents", "nobody")
                            .exitCode())
                    .isEqualTo(1);
        }
    }

    private static void assertThatAnAgentIsLetInAndShutOut(Map<String, String> asBoss) {
        assertThat(GatewayCommand.run(asBoss, "agents", "token", "attic").out()).startsWith("ola_");
        assertThat(GatewayCommand.run(asBoss, "agents", "enrol", "cellar", "--ttl", "10m")
                        .out())
                .startsWith("ole_");
        assertThat(GatewayCommand.run(asBoss, "agents", "credentials").out())
                .containsPattern("(?m)^attic +valid +managed ")
                .containsPattern("(?m)^cellar +to enrol until \\d{4}-");

        assertThat(GatewayCommand.run(asBoss, "agents", "revoke", "attic").exitCode())
                .isZero();

        assertThat(GatewayCommand.run(asBoss, "agents", "credentials").out())
                .containsPattern("(?m)^attic +revoked \\d{4}-");
    }

    private String url() {
        return "http://127.0.0.1:" + fleet.gateway().port();
    }

    private GatewayCommand command(String... arguments) {
        var environment = new HashMap<>(Map.of("ORCHESTRATOR_URL", url()));
        if (key != null) {
            environment.put("ORCHESTRATOR_KEY", key);
        }
        return GatewayCommand.run(environment, arguments);
    }

    private int statusFor(String secret) {
        return Http.exchange(
                        fleet.gateway().port(),
                        "GET",
                        "/v1/models",
                        Map.of("Authorization", "Bearer " + secret, "Connection", "close"),
                        "")
                .status();
    }
}
