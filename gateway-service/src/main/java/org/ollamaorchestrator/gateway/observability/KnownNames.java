package org.ollamaorchestrator.gateway.observability;

import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * Which names may be labels: of agents, and of models that some agent has. The first so many ever, so that nobody can grow a
 * metric by names that he makes up; all others are {@value #OTHER}.
 */
@Singleton
final class KnownNames {

    static final String OTHER = "other";
    static final int MAX = 200;

    private final Set<String> models = ConcurrentHashMap.newKeySet();
    private final Set<String> agents = ConcurrentHashMap.newKeySet();

    /** An agent reports often, and mostly the same models. */
    private final Latest<AgentId, AgentProfile.Offer> learned = new Latest<>();

    /** Called on the core's loop alone, before any of the names is asked for. */
    void learn(AgentProfile agent) {
        learn(agents, agent.name());
        if (models.size() < MAX && !agent.offer().equals(learned.get(agent.id()))) {
            learned.put(agent.id(), agent.offer());
            agent.offer().names().forEach(model -> learn(models, model.canonical()));
        }
    }

    private static void learn(Set<String> names, String name) {
        if (names.size() < MAX) {
            names.add(name);
        }
    }

    /** From any thread. */
    String model(ModelName model) {
        return known(models, model.canonical());
    }

    /** From any thread. */
    String agent(String name) {
        return known(agents, name);
    }

    private static String known(Set<String> names, String name) {
        return names.contains(name) ? name : OTHER;
    }
}
