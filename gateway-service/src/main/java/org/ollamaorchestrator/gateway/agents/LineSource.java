package org.ollamaorchestrator.gateway.agents;

import org.ollamaorchestrator.protocol.JobId;

/** Where a job's lines come from. */
public interface LineSource {

    /** The name of the agent, as its owner knows it. */
    String agentName();

    /** The client's connection has taken all lines up to this one; from any thread. */
    void acknowledge(JobId job, long seq);
}
