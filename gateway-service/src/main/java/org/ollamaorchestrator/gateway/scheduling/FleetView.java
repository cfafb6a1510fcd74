package org.ollamaorchestrator.gateway.scheduling;

import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentProfile;

/** The fleet at one moment, for people and scripts. */
public record FleetView(List<Agent> agents) {

    public FleetView {
        agents = List.copyOf(agents);
    }

    /**
     * @param active jobs that hold a slot
     * @param notUsedBecause empty if jobs may go there
     */
    public record Agent(AgentProfile profile, int active, Optional<String> notUsedBecause) {}

    public long busy() {
        return agents.stream().filter(agent -> agent.active() > 0).count();
    }
}
