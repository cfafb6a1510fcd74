package org.ollamaorchestrator.gateway.agents;

import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentId;

/** The only map from an agent's id to its session. It counts nothing. */
@Singleton
public class AgentRegistry {

    private static final int OWNERS_MAX = 10_000;

    private final Map<AgentId, AgentSession> sessions = new ConcurrentHashMap<>();

    /** By which credential each id was used first: nobody else may, until that is revoked. */
    private final Map<AgentId, String> owners = new ConcurrentHashMap<>();

    public Optional<AgentSession> sessionOf(AgentId id) {
        return Optional.ofNullable(sessions.get(id));
    }

    /** Whether the id may be used by whoever has this credential; whoever uses it first may from then on. */
    boolean owns(AgentId id, String credential) {
        if (owners.size() >= OWNERS_MAX && !owners.containsKey(id)) {
            return false;
        }
        return credential.equals(owners.computeIfAbsent(id, first -> credential));
    }

    /** What was known of an id before this gateway started. */
    public void remember(AgentId id, String credential) {
        owners.putIfAbsent(id, credential);
    }

    /** The credential is revoked: its ids may be used by others. */
    public void release(String credential) {
        owners.values().removeIf(credential::equals);
    }

    /**
     * Gives the id to the session, unless another instance holds it.
     *
     * @return the session that holds the id now, and the one of the same instance that held it before
     */
    Claim claim(AgentId id, AgentSession session) {
        var before = new AtomicReference<@Nullable AgentSession>();
        AgentSession holder = sessions.compute(id, (key, current) -> {
            before.set(current);
            return current == null || current.instance().equals(session.instance()) ? session : current;
        });
        return new Claim(holder, Optional.ofNullable(before.get()));
    }

    record Claim(AgentSession holder, Optional<AgentSession> before) {}

    /** Only if the session is still the one that holds the id. */
    void remove(AgentId id, AgentSession session) {
        sessions.remove(id, session);
    }
}
