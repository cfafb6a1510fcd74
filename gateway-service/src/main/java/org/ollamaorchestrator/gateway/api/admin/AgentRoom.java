package org.ollamaorchestrator.gateway.api.admin;

import java.util.List;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.Room;

/**
 * What an agent's machine has room for, to be held against a model's size.
 *
 * @param vramTaken bytes that its loaded models take in the GPUs' memory
 * @param room it lacks what the agent does not know
 */
public record AgentRoom(String id, String name, long vramTaken, Room room) {

    static List<AgentRoom> of(FleetView fleet) {
        return fleet.agents().stream()
                .map(FleetView.Agent::profile)
                .map(agent -> new AgentRoom(agent.id().value(), agent.name(), agent.vramTaken(), agent.room()))
                .toList();
    }
}
