package org.ollamaorchestrator.agent;

import io.quarkus.websockets.next.BasicWebSocketConnector;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.ollamaorchestrator.agent.box.Box;
import org.ollamaorchestrator.agent.bridge.Tracing;
import org.ollamaorchestrator.agent.connection.AgentProfile;
import org.ollamaorchestrator.agent.connection.Enrolment;
import org.ollamaorchestrator.agent.connection.GatewayAddress;
import org.ollamaorchestrator.agent.connection.GatewayTls;
import org.ollamaorchestrator.agent.connection.Proxies;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.simulator.Observed;
import org.ollamaorchestrator.simulator.OllamaSimulator;

/** What the service tests of an agent stand on: agents of their own, and an Ollama that is scripted. */
abstract class AgentGround {

    static final Duration BOUND = FakeGateway.BOUND;
    static final String CHAT = "{\"model\":\"simulated\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    @Inject
    Vertx vertx;

    @Inject
    Instance<BasicWebSocketConnector> connectors;

    final List<Agent> agents = new ArrayList<>();
    OllamaSimulator ollama;
    Duration drainTimeout = Duration.ofSeconds(10);
    Duration ollamaPoll = Duration.ofMillis(300);
    Optional<URI> ollamaUrl = Optional.empty();
    Box box = new Box(false, List.of(), Optional.empty(), "no-such-program", Path.of("no-such-directory"));
    Optional<Enrolment> enrolment = Optional.empty();
    GatewayTls tls = GatewayTls.standard();
    Set<Operation> operations = EnumSet.allOf(Operation.class);

    @BeforeEach
    void startOllama() {
        ollama = OllamaSimulator.start();
    }

    @AfterEach
    void stopAll() {
        agents.forEach(agent -> agent.stop().orTimeout(10, TimeUnit.SECONDS).join());
        ollama.close();
    }

    List<Observed> requests(String path) {
        return ollama.requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    Agent start(FakeGateway gateway, int slots) {
        return start(settings(gateway.url(), slots, List.of()));
    }

    Agent start(AgentSettings settings) {
        Agent agent = new Agent(vertx, connectors::get, tls, Tracing.NONE, settings);
        agents.add(agent);
        agent.start();
        return agent;
    }

    AgentSettings settings(String url, int slots, List<ModelName> models) {
        return settings(GatewayAddress.of(url, Optional.empty()), Proxies.none(), slots, models);
    }

    AgentSettings settings(GatewayAddress gateway, Proxies proxies, int slots, List<ModelName> models) {
        return new AgentSettings(
                gateway,
                proxies,
                enrolment,
                ollamaUrl.orElseGet(() -> URI.create(ollama.url())),
                ollamaPoll,
                box,
                models,
                new AgentProfile(
                        new AgentId("me"), new InstanceId("i1"), "test", "0", slots, Map.of("gpu", "none"), operations),
                Duration.ofMillis(500),
                drainTimeout);
    }
}
