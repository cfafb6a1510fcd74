package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.Optional;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** Everything that the core can want done. */
public sealed interface Effect {

    /**
     * Send the request to the agent under this job id.
     *
     * @param within what is left of the time that its client gave it
     * @param after how the job before failed, which this one is tried in the place of; empty for the first
     */
    record StartJob(RequestId request, JobId job, AgentId agent, Optional<Duration> within, Optional<JobFailure> after)
            implements Effect {}

    /** Have the agent load the model of this request, with its options. */
    record StartLoad(JobId job, AgentId agent, RequestId sponsor) implements Effect {}

    /** Tell the agent to send what has not been received of a job, now that it is back. */
    record ResumeJob(JobId job, AgentId agent) implements Effect {}

    /** Tell the agent to stop. */
    record CancelJob(JobId job, AgentId agent) implements Effect {}

    /** Tell the client's side how it ended: once for each request that arrived. */
    record EndRequest(RequestId request, JobEnd end) implements Effect {}
}
