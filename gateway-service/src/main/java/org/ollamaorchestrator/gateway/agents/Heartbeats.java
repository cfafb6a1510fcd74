package org.ollamaorchestrator.gateway.agents;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ollamaorchestrator.gateway.GatewayConfig;

/** Pings every agent, and decides that a silent one is gone. Version 1 agents answer pings even if they do not beat. */
@Singleton
public class Heartbeats {

    private final Vertx vertx;
    private final Duration heartbeat;
    private final Set<AgentSession> sessions = ConcurrentHashMap.newKeySet();

    private long timer;

    Heartbeats(Vertx vertx, GatewayConfig config) {
        this.vertx = vertx;
        this.heartbeat = config.agents().heartbeat();
    }

    void start(@Observes StartupEvent event) {
        timer = vertx.setPeriodic(heartbeat.toMillis(), ignored -> beat(Instant.now()));
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(timer);
    }

    /** Asks every agent to take no more jobs from here, and to come back later. */
    public void drain(Duration reconnectAfter) {
        Set.copyOf(sessions).forEach(session -> session.drain(reconnectAfter));
    }

    /** Tells every agent that the gateway is going away, and closes its connection; its jobs end with that. */
    public void farewell() {
        Set.copyOf(sessions).forEach(AgentSession::restarting);
    }

    /** Whether a connection of an agent is still open. */
    public boolean hasSessions() {
        return !sessions.isEmpty();
    }

    /** Every connection of an agent that is open, registered or not. */
    Set<AgentSession> sessions() {
        return Set.copyOf(sessions);
    }

    void watch(AgentSession session) {
        sessions.add(session);
    }

    void forget(AgentSession session) {
        sessions.remove(session);
    }

    private void beat(Instant now) {
        for (AgentSession session : Set.copyOf(sessions)) {
            if (session.lastSeen().plus(session.silenceBeforeGone(heartbeat)).isBefore(now)) {
                sessions.remove(session);
                session.silent();
            } else {
                session.ping();
            }
        }
    }
}
