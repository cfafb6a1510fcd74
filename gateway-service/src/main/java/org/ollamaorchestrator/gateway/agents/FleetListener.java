package org.ollamaorchestrator.gateway.agents;

import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** Where sessions tell of agents that come, change and go; scheduling implements it. Called from any event loop. */
public interface FleetListener {

    /**
     * An agent registered.
     *
     * @param connection names the one over which it did
     * @param resuming the jobs that it still has
     */
    void joined(String connection, AgentProfile agent, Set<JobId> resuming);

    void changed(AgentProfile agent);

    /** An agent told its state, and is as it was: that one of its jobs began or ended, its jobs have told before. */
    void reported(AgentProfile agent);

    /** The connection is gone, and the agent may come back with its jobs. */
    void dropped(String connection, AgentId agent);

    /**
     * The agent is gone, and its jobs with it.
     *
     * @param broke how the agent broke the protocol, if that is why it was dropped
     */
    void left(String connection, AgentId agent, Optional<String> broke);
}
