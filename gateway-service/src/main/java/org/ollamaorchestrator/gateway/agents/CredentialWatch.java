package org.ollamaorchestrator.gateway.agents;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Ends the connections of agents whose credentials were revoked or have expired, within seconds. */
@Singleton
public class CredentialWatch {

    private static final Duration EVERY = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Heartbeats heartbeats;
    private final AgentCredentials credentials;

    private long timer;

    CredentialWatch(Vertx vertx, Heartbeats heartbeats, AgentCredentials credentials) {
        this.vertx = vertx;
        this.heartbeats = heartbeats;
        this.credentials = credentials;
    }

    void start(@Observes StartupEvent event) {
        timer = vertx.setPeriodic(
                EVERY.toMillis(), ignored -> heartbeats.sessions().forEach(this::check));
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    /** An agent that needed no credentials when it connected needs some once the first were given out. */
    void check(AgentSession session) {
        boolean mayStay = session.credential().map(credentials::isValid).orElseGet(() -> !credentials.areRequired());
        if (!mayStay) {
            session.revoked();
        }
    }
}
