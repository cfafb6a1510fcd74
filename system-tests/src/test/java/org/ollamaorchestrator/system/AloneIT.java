package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each service by itself. */
@SystemTest
class AloneIT {

    enum Service {
        GATEWAY,
        AGENT;

        Path jar() {
            return switch (this) {
                case GATEWAY -> Packaged.gateway();
                case AGENT -> Packaged.agent();
            };
        }
    }

    /** What the service says to that argument before it ends with that code. */
    private static String said(Service service, String argument, int exitCode) {
        try (ServiceProcess process =
                ServiceProcess.jar(service.name(), service.jar(), List.of(), List.of(argument), Map.of())) {
            assertThat(process.exitCode()).isEqualTo(exitCode);
            return process.log();
        }
    }

    @ParameterizedTest
    @EnumSource
    void version_is_one_line(Service service) {
        assertThat(said(service, "--version", 0).lines())
                .singleElement()
                .asString()
                .containsPattern("[0-9]+\\.[0-9]+");
    }

    @ParameterizedTest
    @EnumSource
    void help_names_its_environment(Service service) {
        assertThat(said(service, "--help", 0)).contains("--version", "PORT", "8081");
    }

    @ParameterizedTest
    @EnumSource
    void an_unknown_argument_is_named(Service service) {
        assertThat(said(service, "--prot", 2)).contains("--prot");
    }

    @Test
    void an_agent_without_gateway_and_ollama_waits_says_each_trouble_once_and_is_ready_when_they_come() {
        try (Simulator later = Simulator.launch("late-simulator", "--models", Fleet.SHARED);
                Gateway gateway = Gateway.start()) {
            later.awaitReady();
            later.kill();
            gateway.kill();
            try (Agent agent = Agent.launch(
                    "agent-alone", gateway.agentsUrl(), later.url(), List.of("-Dorchestrator.reconnect.max=500ms"))) {
                agent.process().awaitReady(() -> agent.readiness().equals(Optional.of(503)));
                assertThat(agent.health().body()).contains("DOWN");
                Patience.until(
                        "the agent to have tried many times",
                        () -> !linesSaying(agent, "gateway " + gateway.agentsUrl() + ":")
                                        .isEmpty()
                                && !linesSaying(agent, "Ollama cannot be reached")
                                        .isEmpty());

                later.restart();
                gateway.restart();
                Patience.until("the agent to be ready", () -> agent.readiness().equals(Optional.of(200)));

                assertThat(agent.process().isAlive()).isTrue();
                assertThat(linesSaying(agent, "no connection to the gateway")).hasSize(1);
                assertThat(linesSaying(agent, "Ollama cannot be reached")).hasSize(1);
                assertThat(linesSaying(agent, "registered with the gateway")).hasSize(1);
                try (SeedStream stream =
                        gateway.client().send(SeedRequest.to(Fleet.SHARED).saying("at last"))) {
                    assertThat(stream.text()).isNotEmpty();
                }
            }
        }
    }

    private static List<String> linesSaying(Agent agent, String text) {
        return agent.process().logLines().filter(line -> line.contains(text)).toList();
    }
}
