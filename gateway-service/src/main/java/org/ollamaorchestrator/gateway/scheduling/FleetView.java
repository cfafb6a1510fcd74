package org.ollamaorchestrator.gateway.scheduling;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.ModelName;

/** The fleet at one moment, for people and scripts. */
public record FleetView(List<Agent> agents) {

    public FleetView {
        agents = List.copyOf(agents);
    }

    /**
     * @param active jobs that hold a slot
     * @param loading the models that the gateway has it load
     * @param aside whether it failed repeatedly and gets jobs only if nobody else can take them
     * @param held whether an operator has it take no new jobs
     * @param notUsedBecause empty if jobs may go there
     */
    public record Agent(
            AgentProfile profile,
            int active,
            Set<ModelName> loading,
            boolean aside,
            boolean held,
            Optional<String> notUsedBecause) {
        public Agent {
            loading = Set.copyOf(loading);
        }
    }

    /** How many agents jobs may go to. */
    public long usable() {
        return agents.stream().filter(agent -> agent.notUsedBecause().isEmpty()).count();
    }

    /** Of the agents that jobs may go to. */
    public long slots() {
        return agents.stream()
                .filter(agent -> agent.notUsedBecause().isEmpty())
                .mapToLong(agent -> agent.profile().slots())
                .sum();
    }

    /** Of all agents: one that takes no more jobs may still have some. */
    public long slotsTaken() {
        return agents.stream().mapToLong(Agent::active).sum();
    }

    public long busy() {
        return agents.stream().filter(agent -> agent.active() > 0).count();
    }
}
