package org.ollamaorchestrator.gateway;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.QueueView;
import org.ollamaorchestrator.gateway.security.Exposure;

/**
 * Ready as soon as clients can be answered, with or without agents; the data tell a person which of the two. A gateway that
 * drains refuses what is new, so it is not ready.
 */
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
        return Uni.combine()
                .all()
                .unis(core.view(), core.queueView())
                .asTuple()
                .map(both -> response(both.getItem1(), both.getItem2()));
    }

    private HealthCheckResponse response(FleetView fleet, QueueView queue) {
        return HealthCheckResponse.named("gateway")
                .status(!queue.draining())
                .withData("agents", fleet.agents().size())
                .withData("busy", fleet.busy())
                .withData("usable", fleet.usable())
                .withData("slots", fleet.slots())
                .withData("slotsTaken", fleet.slotsTaken())
                .withData("waiting", queue.waiting().size())
                .withData("running", queue.running())
                .withData("draining", queue.draining())
                .withData("note", note(fleet, queue))
                .withData("exposure", exposure.describe())
                .withData("version", GatewayVersion.current())
                .build();
    }

    private static String note(FleetView fleet, QueueView queue) {
        if (queue.draining()) {
            return "draining: new requests are refused";
        }
        if (fleet.agents().isEmpty()) {
            return "no agents: requests are refused until one connects";
        }
        return fleet.usable() == 0 ? "no agent can be used: GET /api/agents says why" : "requests are taken";
    }
}
