package org.ollamaorchestrator.agent;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.simulator.OllamaSimulator;

/**
 * The agent as the build left it, between a gateway that is scripted and an Ollama that is: a jar, or a binary with the
 * profile {@code native}.
 */
@QuarkusIntegrationTest
@WithTestResource(AgentPackagedIT.Surroundings.class)
class AgentPackagedIT {

    private static Optional<FakeGateway> gateway = Optional.empty();

    /** Whom the process talks to. */
    public static final class Surroundings implements QuarkusTestResourceLifecycleManager {

        private Optional<OllamaSimulator> ollama = Optional.empty();

        @Override
        public Map<String, String> start() {
            OllamaSimulator simulator = OllamaSimulator.start();
            FakeGateway fake = FakeGateway.ofVersion2();
            ollama = Optional.of(simulator);
            gateway = Optional.of(fake);
            return Map.of(
                    "orchestrator.gateway.url", fake.url(),
                    "orchestrator.ollama.url", simulator.url(),
                    "quarkus.management.port", "0");
        }

        @Override
        public void stop() {
            gateway.ifPresent(FakeGateway::close);
            ollama.ifPresent(OllamaSimulator::close);
        }
    }

    @BeforeAll
    static void say_what_is_run() throws IOException {
        var artifact = new Properties();
        try (var properties = Files.newInputStream(Path.of("target", "quarkus-artifact.properties"))) {
            artifact.load(properties);
        }
        System.out.println(
                "AgentPackagedIT runs the " + artifact.getProperty("type") + " " + artifact.getProperty("path"));
    }

    @Test
    void it_registers_runs_a_chat_and_tells_its_end() {
        var connection = gateway.orElseThrow().registered(1);
        assertThat(connection.awaitOne(RegisterV2.class, any -> true).slots()).isEqualTo(1);

        connection.chat("j1", AgentGround.CHAT);

        assertThat(connection.completed("j1").lastSeq()).isPositive();
        assertThat(connection.lines("j1").getLast()).contains("\"done\":true");
    }

    @Test
    void it_is_started_alive_and_ready() {
        for (String probe : new String[] {"started", "live"}) {
            get("/q/health/" + probe).then().statusCode(200).body("status", equalTo("UP"));
        }
        await().atMost(AgentGround.BOUND).until(() -> get("/q/health/ready").statusCode() == 200);
    }
}
