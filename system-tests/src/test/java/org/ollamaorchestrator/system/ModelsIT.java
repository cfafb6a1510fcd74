package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Models are changed on two machines through one gateway. */
@SystemTest
class ModelsIT {
    /** Slow enough for something to happen in the middle. */
    private static final String SLOW = "{\"layers\":[1000,500],\"steps\":20,\"stepMs\":50}";

    private static final String SUCCESS = "{\"status\":\"success\"}";

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .agents(2)
            .gatewayOption("-Dorchestrator.wanted.home.models=wished")
            .gatewayOption("-Dorchestrator.wanted.home.label=site=home")
            .start();

    @BeforeEach
    void everything_is_there() {
        fleet.mend();
    }

    @Test
    void a_pull_brings_the_model_to_both_with_one_progress_and_the_fleet_offers_it() {
        for (int i = 0; i < 2; i++) {
            fleet.simulator(i).travels("fresh", SLOW);
        }

        Http.Reply answer = Http.post(fleet.gateway().port(), "/api/pull", "{\"model\":\"fresh\"}");

        List<JsonNode> lines = answer.body().lines().map(Http::json).toList();
        assertThat(lines.getFirst().path("status").asText()).isEqualTo("pulling manifest");
        assertThat(lines.getLast()).isEqualTo(Http.json(SUCCESS));
        assertThat(lines)
                .filteredOn(line -> line.path("total").asLong() == 2_000)
                .extracting(line -> line.path("completed").asLong())
                .isSorted()
                .hasSizeGreaterThan(3)
                .endsWith(2_000L);
        assertThat(fleet.simulator(0).hasModel("fresh")).isTrue();
        assertThat(fleet.simulator(1).hasModel("fresh")).isTrue();
        fleet.gateway().awaitOffered("agent-0", "fresh");
        fleet.gateway().awaitOffered("agent-1", "fresh");
    }

    @Test
    void one_that_fails_is_named_and_the_other_has_the_model() {
        fleet.simulator(0).travels("big", "{\"error\":\"no space left on device\",\"failAt\":0.5}");

        Http.Reply answer = Http.post(fleet.gateway().port(), "/api/pull", "{\"model\":\"big\"}");

        assertThat(answer.body())
                .contains("{\"status\":\"agent agent-0: no space left on device\"}\n")
                .endsWith("{\"error\":\"agent agent-0: no space left on device\"}\n");
        assertThat(fleet.simulator(0).hasModel("big")).isFalse();
        assertThat(fleet.simulator(1).hasModel("big")).isTrue();
    }

    @Test
    void a_copy_and_a_deletion_reach_the_agent_that_is_named_and_no_other() {
        Http.Reply copied = change(
                "POST", "/api/copy", "agent-1", "{\"source\":\"" + Fleet.SHARED + "\",\"destination\":\"second\"}");
        assertThat(copied.status()).as("%s", copied).isEqualTo(200);
        assertThat(fleet.simulator(0).hasModel("second")).isFalse();
        assertThat(fleet.simulator(1).hasModel("second")).isTrue();
        fleet.gateway().awaitOffered("agent-1", "second");

        Http.Reply deleted = change("DELETE", "/api/delete", "", "{\"model\":\"second\"}");

        assertThat(deleted.status()).as("%s", deleted).isEqualTo(200);
        assertThat(fleet.simulator(1).hasModel("second")).isFalse();
    }

    @Test
    void a_model_is_created_from_another_one_and_pushed_by_one_agent() {
        Http.Reply created = Http.post(
                fleet.gateway().port(),
                "/api/create",
                "{\"model\":\"child\",\"from\":\"" + Fleet.SHARED + "\",\"system\":\"be kind\"}");
        assertThat(created.body()).endsWith(SUCCESS + "\n");
        fleet.gateway().awaitOffered("agent-0", "child");
        fleet.gateway().awaitOffered("agent-1", "child");

        Http.Reply pushed = Http.post(fleet.gateway().port(), "/api/push", "{\"model\":\"child\"}");

        assertThat(pushed.body()).endsWith(SUCCESS + "\n");
        assertThat(pushes(0) + pushes(1)).isEqualTo(1);
    }

    private long pushes(int simulator) {
        return fleet.simulator(simulator).requests().stream()
                .filter(request -> request.path().equals("/api/push"))
                .count();
    }

    @Test
    void an_agent_killed_in_the_middle_of_a_pull_is_asked_again_when_it_is_back() {
        fleet.simulator(0).travels("late", SLOW);
        try (HttpConnection client = asking("POST", "/api/pull", "agent-0", "{\"model\":\"late\"}")) {
            Patience.until("the pull to run", () -> pullsOf("late").contains("RUNNING"));
            fleet.agent(0).kill();
            fleet.agent(0).relaunch();
            fleet.agent(0).awaitUsable(fleet.gateway());

            assertThat(Http.reply(client).body())
                    .contains("agent agent-0: the agent's connection was lost; it will be tried again")
                    .endsWith(SUCCESS + "\n");
        }
        assertThat(fleet.simulator(0).hasModel("late")).isTrue();
    }

    @Test
    void whoever_leaves_a_pull_ends_it_at_ollama() {
        fleet.simulator(0).travels("left", "{\"stepMs\":1000}");
        try (HttpConnection client = asking("POST", "/api/pull", "agent-0", "{\"model\":\"left\"}")) {
            assertThat(client.answer().status()).isEqualTo(200);
            Patience.until("the pull to run", () -> pullsOf("left").contains("RUNNING"));
        }

        Patience.until("the pull to end", () -> pullsOf("left").contains("CLIENT_LEFT"));
        assertThat(fleet.simulator(0).hasModel("left")).isFalse();
    }

    private List<String> pullsOf(String model) {
        return fleet.simulator(0).requests().stream()
                .filter(request -> request.path().equals("/api/pull"))
                .filter(request -> request.bodyText().contains(model))
                .map(Simulator.Observed::outcome)
                .toList();
    }

    @Test
    void an_agent_that_comes_with_the_label_gets_what_the_configuration_wants() {
        try (Simulator simulator = Simulator.launch("simulator-home")) {
            simulator.awaitReady();
            try (Agent home = Agent.launch(
                    "home", fleet.gateway().agentsUrl(), simulator.url(), List.of("-Dorchestrator.labels.site=home"))) {
                home.awaitUsable(fleet.gateway());

                fleet.gateway().awaitOffered("home", "wished");
            }
            assertThat(simulator.hasModel("wished")).isTrue();
            assertThat(fleet.simulator(0).hasModel("wished")).isFalse();
        }
    }

    private Http.Reply change(String method, String path, String agents, String body) {
        try (HttpConnection connection = asking(method, path, agents, body)) {
            return Http.reply(connection);
        }
    }

    private HttpConnection asking(String method, String path, String agents, String body) {
        return HttpConnection.to(fleet.gateway().port())
                .request(
                        method,
                        path,
                        Map.of("Connection", "close", "x-orchestrator-agents", agents),
                        body.getBytes(UTF_8));
    }
}
