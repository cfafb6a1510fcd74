package org.ollamaorchestrator.agent.connection;

import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.Operation;

/**
 * What an agent says of itself and never changes while it lives.
 *
 * @param name for people
 * @param version of the agent
 * @param slots how many jobs it runs at once
 * @param labels whatever its owner wants to tell it by
 * @param operations what its owner lets a gateway ask for
 */
public record AgentProfile(
        AgentId agentId,
        InstanceId instanceId,
        String name,
        String version,
        int slots,
        Map<String, String> labels,
        Set<Operation> operations) {
    public AgentProfile {
        labels = Map.copyOf(labels);
        operations = Set.copyOf(operations);
    }
}
