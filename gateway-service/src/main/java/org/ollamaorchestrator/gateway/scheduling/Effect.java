package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** Everything that the core can want done. */
public sealed interface Effect {

    /** Send the request to the agent under this job id. */
    record StartJob(RequestId request, JobId job, AgentId agent) implements Effect {}

    /** Tell the agent to stop. */
    record CancelJob(JobId job, AgentId agent) implements Effect {}

    /** Tell the client's side how it ended: once for each request that arrived. */
    record EndRequest(RequestId request, JobEnd end) implements Effect {}
}
