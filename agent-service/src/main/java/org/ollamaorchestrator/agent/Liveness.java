package org.ollamaorchestrator.agent;

import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/**
 * Alive while it answers: the agent's jobs and this answer share one event loop. Nothing outside the process is cured by
 * restarting it, so neither the gateway nor Ollama counts.
 */
@Singleton
@org.eclipse.microprofile.health.Liveness
public final class Liveness implements HealthCheck {

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("agent is alive")
                .up()
                .withData(
                        "upSeconds",
                        Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime())
                                .toSeconds())
                .withData("version", AgentVersion.current())
                .build();
    }
}
