package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** Carries out what the core decided; {@code jobs} implements it. Called on the core's own event loop. */
public interface RequestDesk {

    void start(RequestId request, JobId job, AgentId agent);

    void cancel(JobId job, AgentId agent);

    /** Called once for each request. */
    void end(RequestId request, JobEnd end);
}
