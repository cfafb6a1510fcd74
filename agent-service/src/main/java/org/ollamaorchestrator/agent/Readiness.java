package org.ollamaorchestrator.agent;

import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.ollamaorchestrator.agent.connection.LinkState;
import org.ollamaorchestrator.agent.ollama.OllamaSnapshot;

/**
 * Up while the agent could run a job: registered with its gateway, and its Ollama answering. Liveness has no check of its
 * own, because nothing outside the process is cured by restarting it.
 */
@Singleton
@org.eclipse.microprofile.health.Readiness
public final class Readiness implements HealthCheck {

    private final AgentLifecycle lifecycle;

    Readiness(AgentLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        Optional<Agent> agent = lifecycle.agent();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("agent");
        if (agent.isEmpty()) {
            return response.down().build();
        }
        return of(agent.get(), response);
    }

    private static HealthCheckResponse of(Agent agent, HealthCheckResponseBuilder response) {
        AgentSettings settings = agent.settings();
        LinkState link = agent.linkState();
        OllamaSnapshot ollama = agent.ollama();
        return response.status(link instanceof LinkState.Open && ollama.up())
                .withData("gateway", settings.gateway().shown())
                .withData("connection", link.description())
                .withData(
                        "ollama",
                        settings.ollamaUrl().getHost() + ":"
                                + settings.ollamaUrl().getPort())
                .withData("ollamaState", ollama.up() ? "up" : "down: " + ollama.problem())
                .withData("ollamaVersion", Objects.requireNonNullElse(ollama.version(), "unknown"))
                .withData("models", ollama.catalog().size())
                .withData("slots", settings.profile().slots())
                .withData("active", agent.activeJobs())
                .withData("draining", agent.draining())
                .withData("version", settings.profile().version())
                .build();
    }
}
