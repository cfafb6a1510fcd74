package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.agents.Heartbeats;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;

/**
 * The gateway's orderly end, before Quarkus takes its connections down: no new requests, agents are told, running answers
 * may end, and then agents are closed with 1012, so that they come back. An operator may ask for its first step alone.
 */
@Singleton
public class Drain {

    private static final Logger LOG = Logger.getLogger(Drain.class);

    /** An agent that has nothing to do for this gateway any more comes back after this. */
    private static final Duration RECONNECT_AFTER = Duration.ofSeconds(5);

    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final CoreLoop core;
    private final Heartbeats agents;
    private final JobDesk jobs;
    private final GatewayConfig config;

    Drain(CoreLoop core, Heartbeats agents, JobDesk jobs, GatewayConfig config) {
        this.core = core;
        this.agents = agents;
        this.jobs = jobs;
        this.config = config;
    }

    /** Takes no new requests from now on; what runs goes on, and agents stay. */
    public void begin() {
        LOG.info("draining: new requests are refused with 503");
        core.tell(new CoreEvent.Draining(true));
    }

    /** Takes new requests again. */
    public void cancel() {
        LOG.info("draining is over: new requests are taken");
        core.tell(new CoreEvent.Draining(false));
    }

    /**
     * While everything still works: before {@code ShutdownEvent} Quarkus has closed its ports and cut all answers. The event
     * comes because {@code quarkus.shutdown.delay-enabled} is set; nothing is delayed but by what happens here.
     */
    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        begin();
        if (jobs.hasRequests()) {
            agents.drain(RECONNECT_AFTER);
            if (!within(config.drain().timeout(), () -> !jobs.hasRequests())) {
                LOG.warnf(
                        "some answers did not end within %s and are cut",
                        config.drain().timeout());
            }
        }
        agents.farewell();
        boolean ended = within(FAREWELL_MAX, () -> !agents.hasSessions() && !jobs.hasRequests());
        LOG.debugf("left in order: %s", ended);
    }

    /** On the thread that shuts the application down, which has nothing else to do. */
    private static boolean within(Duration time, BooleanSupplier condition) {
        long until = System.nanoTime() + time.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < until) {
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
        return condition.getAsBoolean();
    }
}
