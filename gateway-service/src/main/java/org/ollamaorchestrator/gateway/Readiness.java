package org.ollamaorchestrator.gateway;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.security.Exposure;

/** Ready as soon as clients can be answered, with or without agents; the data tell a person which of the two. */
@org.eclipse.microprofile.health.Readiness
@ApplicationScoped
public class Readiness implements AsyncHealthCheck {

    private final CoreLoop core;
    private final Exposure exposure;

    Readiness(CoreLoop core, Exposure exposure) {
        this.core = core;
        this.exposure = exposure;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return core.view()
                .map(fleet -> HealthCheckResponse.named("gateway")
                        .up()
                        .withData("agents", fleet.agents().size())
                        .withData("busy", fleet.busy())
                        .withData(
                                "usable",
                                fleet.agents().stream()
                                        .filter(agent -> agent.notUsedBecause().isEmpty())
                                        .count())
                        .withData("exposure", exposure.describe())
                        .withData("version", GatewayVersion.current())
                        .build());
    }
}
