package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.Optional;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** Carries out what the core decided; {@code jobs} implements it. Called on the core's own event loop. */
public interface RequestDesk {

    /** @param within what is left of the time that the client gave */
    void start(RequestId request, JobId job, AgentId agent, Optional<Duration> within);

    /** Has the agent load the model of the request, with the request's options. */
    void load(JobId job, AgentId agent, RequestId sponsor);

    /** The agent is back, and sends what has not been received of the job. */
    void resume(JobId job, AgentId agent);

    void cancel(JobId job, AgentId agent);

    /** Called once for each request. */
    void end(RequestId request, JobEnd end);
}
