package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Both services against the other half of the seed, unchanged. */
@SystemTest
class Version1IT {
    private static final String EVENT = "event ";

    @Test
    void the_seeds_agent_serves_jobs_for_our_gateway_and_answers_its_pings() {
        String python = Optionally.python();
        try (Simulator ollama = Simulator.launch("simulator-of-the-seed", "--models", Fleet.SHARED);
                Gateway gateway = Gateway.start("-Dorchestrator.agents.heartbeat=500ms");
                ServiceProcess agent = ServiceProcess.start(
                        "seed-agent",
                        List.of(
                                python,
                                "-u",
                                Optionally.resource("/seed/agent.py").toString()),
                        Map.of(
                                "SERVER_WS_URL", gateway.agentsUrl(),
                                "OLLAMA_URL", ollama.url(),
                                "MODELS", Fleet.SHARED))) {
            ollama.awaitReady();
            agent.awaitReady(() -> gateway.totals().total() == 1);
            JsonNode registered = onlyAgent(gateway);
            assertThat(registered.path("protocol").asInt()).isEqualTo(1);

            assertThat(answer(
                            gateway,
                            SeedRequest.to(Fleet.SHARED).saying("first").answeredBy("{\"count\":50}")))
                    .startsWith("0 1 2 ")
                    .endsWith(" 48 49 ");
            assertThat(answer(
                            gateway,
                            SeedRequest.to(Fleet.SHARED)
                                    .turn("system", "Be brief.")
                                    .turn("user", "One?")
                                    .turn("assistant", "Two.")
                                    .turn("user", "second")))
                    .isEqualTo("Hello there, good to see you!");

            JsonNode body = ollama.awaitRequestSaying("second").body();
            assertThat(body.path("system").asText()).isEqualTo("Be brief.");
            assertThat(body.path("prompt").asText()).contains("One?", "Two.", "second");
            assertStaysConnected(gateway, registered);
        }
    }

    /** The gateway gives up a silent agent of version 1 after six heartbeats, which here are three seconds. */
    private static void assertStaysConnected(Gateway gateway, JsonNode before) {
        Instant past = lastSeen(before).plus(Duration.ofSeconds(4));
        Patience.until(
                "the seed's agent to answer pings for longer than it may be silent",
                () -> lastSeen(onlyAgent(gateway)).isAfter(past));
        assertThat(onlyAgent(gateway).path("id")).isEqualTo(before.path("id"));
    }

    private static String answer(Gateway gateway, SeedRequest request) {
        Patience.until("the agent to be idle", () -> gateway.totals().idle() == 1);
        try (SeedStream stream = gateway.client().send(request)) {
            return stream.text();
        }
    }

    private static JsonNode onlyAgent(Gateway gateway) {
        return Http.get(gateway.port(), "/api/agents").json().path("agents").path(0);
    }

    private static Instant lastSeen(JsonNode agent) {
        return Instant.parse(agent.path("lastSeen").asText());
    }

    @Test
    void our_agent_serves_jobs_for_the_seeds_server_to_the_last_token() {
        List<JsonNode> events = ofTheSeedsServer("""
                [{"jobId":"good","model":"shared","prompt":"count",
                  "parameters":{"options":{"temperature":0.5,"simulator":{"count":50,"paceMs":1}}}},
                 {"jobId":"plain","model":"shared","prompt":"no parameters"}]""", "-Dorchestrator.models=shared");

        List<JsonNode> tokens = of(events, "token", "good");
        assertThat(tokens.stream().map(token -> token.path("token").asText()).filter(token -> !token.isEmpty()))
                .hasSize(50)
                .startsWith("0 ", "1 ", "2 ")
                .endsWith("48 ", "49 ");
        assertThat(tokens.stream().filter(token -> token.path("done").asBoolean()))
                .containsExactly(tokens.getLast());
        assertThat(of(events, "complete", "good")).hasSize(1);
        assertThat(of(events, "token", "plain").getLast().path("done").asBoolean())
                .isTrue();
        assertThat(of(events, "complete", "plain")).hasSize(1);
    }

    @Test
    void an_error_of_ollamas_reaches_the_seeds_server_as_an_error() {
        List<JsonNode> events = ofTheSeedsServer("""
                [{"jobId":"bad","model":"shared:latest","prompt":"fail",
                  "parameters":{"options":{"simulator":{"failStatus":500,"failBody":"{\\"error\\":\\"no luck\\"}"}}}}]""");

        assertThat(of(events, "error", "bad"))
                .singleElement()
                .satisfies(error -> assertThat(error.path("error").asText()).contains("no luck"));
        assertThat(of(events, "token", "bad")).isEmpty();
        assertThat(of(events, "complete", "bad")).isEmpty();
    }

    /** The seed's server compares names letter by letter, and its clients ask for {@code llama2}. */
    @Test
    void models_that_our_agent_has_found_by_itself_are_served_to_the_seeds_clients_without_their_tag() {
        List<JsonNode> events = ofTheSeedsServer("[{\"jobId\":\"short\",\"model\":\"shared\",\"prompt\":\"x\"}]");

        assertThat(of(events, "submitted", "short"))
                .singleElement()
                .satisfies(submitted ->
                        assertThat(submitted.path("taken").asBoolean()).isTrue());
        assertThat(of(events, "complete", "short")).hasSize(1);
    }

    /** What the seed's server emits while one agent of ours does these jobs for it. */
    private static List<JsonNode> ofTheSeedsServer(String jobs, String... agentOptions) {
        Path modules = Optionally.nodeModules();
        int port = Ports.free();
        try (Simulator ollama = Simulator.launch("simulator-of-our-agent", "--models", Fleet.SHARED);
                ServiceProcess server = ServiceProcess.start(
                        "seed-server",
                        List.of(
                                "node",
                                Optionally.resource("/seed/run-server.cjs").toString(),
                                Optionally.resource("/seed/AgentConnectionManager.ts")
                                        .toString(),
                                modules.toString(),
                                Integer.toString(port),
                                jobs),
                        Map.of())) {
            ollama.awaitReady();
            server.awaitReady(() -> server.log().contains("listening on port"));
            try (Agent agent =
                    Agent.launch("agent-of-ours", "ws://127.0.0.1:" + port, ollama.url(), List.of(agentOptions))) {
                agent.process()
                        .awaitReady(() -> !of(eventsOf(server), "finished", "").isEmpty());
            }
            return eventsOf(server);
        }
    }

    private static List<JsonNode> eventsOf(ServiceProcess server) {
        return server.logLines()
                .filter(line -> line.startsWith(EVENT) && line.endsWith("}"))
                .map(line -> Http.json(line.substring(EVENT.length())))
                .toList();
    }

    private static List<JsonNode> of(List<JsonNode> events, String name, String jobId) {
        return events.stream()
                .filter(event -> event.path("event").asText().equals(name)
                        && event.path("jobId").asText().equals(jobId))
                .toList();
    }
}
