package org.ollamaorchestrator.gateway;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;

/** Alive while the core's event loop takes its turns: nothing outside the process is cured by restarting it. */
@org.eclipse.microprofile.health.Liveness
@ApplicationScoped
public class Liveness implements AsyncHealthCheck {

    /** Less than any probe waits, so that the answer says what is wrong. */
    private static final Duration TURN_MAX = Duration.ofSeconds(2);

    private final CoreLoop core;

    Liveness(CoreLoop core) {
        this.core = core;
    }

    @Override
    public Uni<HealthCheckResponse> call() {
        return core.view()
                .map(seen -> response(true))
                .ifNoItem()
                .after(TURN_MAX)
                .recoverWithItem(() -> response(false));
    }

    private static HealthCheckResponse response(boolean turns) {
        return HealthCheckResponse.named("gateway is alive")
                .status(turns)
                .withData("core", turns ? "takes its turns" : "no turn within " + TURN_MAX.toSeconds() + " s")
                .withData(
                        "upSeconds",
                        Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime())
                                .toSeconds())
                .withData("version", GatewayVersion.current())
                .build();
    }
}
