package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentJoined;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;

/** The agents that are there, or may come back soon; and what the core wants to be reminded of about each. */
final class Fleet {

    /** How long an agent's Ollama may not answer before what waits for its first line goes elsewhere. */
    private static final Duration OLLAMA_AWAY_MAX = Duration.ofSeconds(5);

    /** A dropped agent mostly comes back at once; after this, what has no line yet goes elsewhere. */
    private static final Duration BACK_SOON = Duration.ofSeconds(2);

    /** Beyond it nobody more is held: an operator has not that many agents. */
    private static final int HELD_MAX = 10_000;

    private final Step step;
    private final Alarms alarms;
    private final Map<AgentId, AgentState> agents = new LinkedHashMap<>();

    /** Whoever is held stays so when he comes back. */
    private final Set<AgentId> held = new HashSet<>();

    private final Offers offers = new Offers();
    private long joined;

    Fleet(Step step, Alarms alarms) {
        this.step = step;
        this.alarms = alarms;
    }

    Collection<AgentState> agents() {
        return agents.values();
    }

    Optional<AgentState> find(AgentId id) {
        return Optional.ofNullable(agents.get(id));
    }

    /** The agent, if this is still its connection: what an earlier one tells means nothing. */
    Optional<AgentState> connectedOver(String connection, AgentId id) {
        return find(id).filter(agent -> agent.isConnectedOver(connection));
    }

    AgentState joined(AgentJoined event) {
        AgentState agent = agents.computeIfAbsent(
                event.agent().id(),
                id -> new AgentState(++joined, event.connection(), event.agent(), step.now(), this::changed));
        alarms.stop(agent.notBackYet);
        alarms.stop(agent.resumeWindow);
        agent.cameBack(event.connection());
        agent.hold(held.contains(agent.id()));
        agent.reported(event.agent(), step.now());
        watchOllama(agent);
        return agent;
    }

    void reported(AgentState agent, CoreEvent.AgentChanged event) {
        boolean ollamaWasAway = agent.profile().ollama() == OllamaState.DOWN;
        agent.reported(event.agent(), step.now());
        if (ollamaWasAway && agent.profile().ollama() == OllamaState.UP) {
            agent.health().succeeded();
        }
        watchOllama(agent);
    }

    void hold(CoreEvent.AgentHeld event) {
        find(event.agent()).ifPresent(agent -> {
            if (!event.held()) {
                held.remove(agent.id());
            } else if (held.size() < HELD_MAX) {
                held.add(agent.id());
            }
            agent.hold(held.contains(agent.id()));
        });
    }

    /** One alarm for each time that its Ollama goes away, however often that is reported. */
    private void watchOllama(AgentState agent) {
        boolean away = agent.profile().ollama() == OllamaState.DOWN;
        if (away && !agent.ollamaAway) {
            agent.ollamaBack = alarms.set(step.now().plus(OLLAMA_AWAY_MAX), new Alarms.OllamaAway(agent.id()));
        } else if (!away) {
            alarms.stop(agent.ollamaBack);
            agent.ollamaBack = null;
        }
        agent.ollamaAway = away;
    }

    void mayComeBack(AgentState agent, Duration resumeWindow) {
        agent.dropped();
        agent.notBackYet = alarms.set(step.now().plus(BACK_SOON), new Alarms.NotBackYet(agent.id()));
        agent.resumeWindow = alarms.set(step.now().plus(resumeWindow), new Alarms.ResumeWindowOver(agent.id()));
    }

    void remove(AgentState agent) {
        alarms.stop(agent.ollamaBack);
        alarms.stop(agent.notBackYet);
        alarms.stop(agent.resumeWindow);
        agents.remove(agent.id());
        offers.remove(agent);
    }

    /** One that is gone may still change, as its jobs end; but nothing is given to it any more. */
    private void changed(AgentState agent) {
        if (agents.get(agent.id()) == agent) {
            offers.file(agent);
        }
    }

    /** Whether each agent is found by what it offers. */
    boolean isInOrder() {
        return offers.areThoseOf(agents.values());
    }

    Offering offering(ModelName model) {
        return offers.of(model);
    }

    boolean isLoading(ModelName model) {
        return offering(model).all().stream().anyMatch(agent -> agent.models().isLoading(model));
    }

    /** Of all agents that have the model. */
    int slots(ModelName model) {
        return offering(model).all().stream()
                .mapToInt(agent -> agent.profile().slots())
                .sum();
    }
}
