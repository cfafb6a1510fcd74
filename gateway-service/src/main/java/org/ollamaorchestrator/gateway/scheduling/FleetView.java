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
     * @param notUsedBecause empty if jobs may go there
     */
    public record Agent(
            AgentProfile profile, int active, Set<ModelName> loading, boolean aside, Optional<String> notUsedBecause) {
        public Agent {
            loading = Set.copyOf(loading);
        }
    }

    public long busy() {
        return agents.stream().filter(agent -> agent.active() > 0).count();
    }
}
