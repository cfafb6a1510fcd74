package org.ollamaorchestrator.agent;

import jakarta.inject.Singleton;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/** Started once the agent dials its gateway, whoever answers. */
@Singleton
@org.eclipse.microprofile.health.Startup
public final class Startup implements HealthCheck {

    private final AgentLifecycle lifecycle;

    Startup(AgentLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    @Override
    public HealthCheckResponse call() {
        Optional<Agent> agent = lifecycle.agent();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("agent is started")
                .status(agent.isPresent())
                .withData("version", AgentVersion.current());
        agent.ifPresent(it -> response.withData("name", it.settings().profile().name()));
        return response.build();
    }
}
