package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.ollamaorchestrator.gateway.agents.Heartbeats;
import org.ollamaorchestrator.gateway.jobs.JobDesk;

/**
 * The gateway's end: agents are told with 1012, so that they come back, and clients get an honest error instead of a cut
 * stream. It comes before Quarkus takes its own connections down.
 */
@Singleton
public class Shutdown {

    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Heartbeats agents;
    private final JobDesk jobs;

    Shutdown(Heartbeats agents, JobDesk jobs) {
        this.agents = agents;
        this.jobs = jobs;
    }

    void stop(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent event) {
        agents.farewell();
        long until = System.nanoTime() + FAREWELL_MAX.toNanos();
        while ((agents.hasSessions() || jobs.hasRequests()) && System.nanoTime() < until) {
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }
}
