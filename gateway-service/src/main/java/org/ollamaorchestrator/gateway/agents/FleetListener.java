package org.ollamaorchestrator.gateway.agents;

import java.util.Optional;
import org.ollamaorchestrator.protocol.AgentId;

/** Where sessions tell of agents that come, change and go; scheduling implements it. Called from any event loop. */
public interface FleetListener {

    void joined(AgentProfile agent);

    void changed(AgentProfile agent);

    /** @param broke how the agent broke the protocol, if that is why it was dropped */
    void left(AgentId agent, Optional<String> broke);
}
