package org.ollamaorchestrator.gateway;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.ollamaorchestrator.gateway.agents.AgentsPort;

/** Started once both ports are open: this check is asked on the one, and looks at the other. */
@org.eclipse.microprofile.health.Startup
@ApplicationScoped
public class Startup implements HealthCheck {

    private final AgentsPort agents;

    Startup(AgentsPort agents) {
        this.agents = agents;
    }

    @Override
    public HealthCheckResponse call() {
        int port = agents.port();
        return HealthCheckResponse.named("gateway is started")
                .status(port != 0)
                .withData("agentsPort", port)
                .withData("version", GatewayVersion.current())
                .build();
    }
}
