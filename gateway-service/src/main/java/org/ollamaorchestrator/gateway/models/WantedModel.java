package org.ollamaorchestrator.gateway.models;

import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * A model that the configuration wants on some agents.
 *
 * @param entry the owner's name for the wish
 * @param label which agents; empty for all
 */
record WantedModel(String entry, ModelName model, Optional<Label> label) {

    /** An agent of version 1 says nothing of its models; whose owner allows no pull gets none by us. */
    boolean isWantedOn(AgentProfile agent) {
        return agent.protocol() >= ProtocolVersion.TUNNEL
                && agent.allows(Operation.PULL)
                && label.map(each -> each.isOn(agent.labels())).orElse(true);
    }

    boolean isMissingOn(AgentProfile agent) {
        return isWantedOn(agent) && !agent.offer().includes(model);
    }
}
