package org.ollamaorchestrator.gateway.agents;

import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ollamaorchestrator.protocol.AgentId;

/** The only map from an agent's id to its session. It counts nothing. */
@Singleton
public class AgentRegistry {

    private final Map<AgentId, AgentSession> sessions = new ConcurrentHashMap<>();

    public Optional<AgentSession> sessionOf(AgentId id) {
        return Optional.ofNullable(sessions.get(id));
    }

    void add(AgentId id, AgentSession session) {
        sessions.put(id, session);
    }

    /** Only if the session is still the one that holds the id. */
    void remove(AgentId id, AgentSession session) {
        sessions.remove(id, session);
    }
}
