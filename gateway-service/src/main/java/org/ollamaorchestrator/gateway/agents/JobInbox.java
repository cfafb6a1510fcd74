package org.ollamaorchestrator.gateway.agents;

import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * Where sessions deliver what their agents say of jobs; {@code jobs} implements it. Frames of jobs that are unknown, ended
 * or another session's are ignored, as docs/protocol.md says. Called on the session's event loop, in the agent's order.
 */
public interface JobInbox {

    /** @throws ProtocolViolation if the lines do not follow on the last ones, or exceed the window */
    void lines(AgentSession from, Chunk chunk);

    /**
     * The answer is whole.
     *
     * @param lastSeq the number of its last line; null in version 1, which counts none
     * @param slotFree whether the agent is done with the job as well
     */
    void completed(AgentSession from, JobId job, @Nullable Long lastSeq, boolean slotFree);

    /** The job ended without a whole answer, and its slot is free. */
    void failed(AgentSession from, JobId job, JobFailure failure);

    /** The agent is done with a job whose answer had been whole before. */
    void slotFreed(AgentSession from, JobId job);
}
