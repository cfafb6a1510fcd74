package org.ollamaorchestrator.gateway.scheduling;

import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** Everything that can happen to the core. */
public sealed interface CoreEvent {

    record AgentJoined(AgentProfile agent) implements CoreEvent {}

    record AgentChanged(AgentProfile agent) implements CoreEvent {}

    /** @param broke how the agent broke the protocol, if that is why it was dropped */
    record AgentLeft(AgentId agent, Optional<String> broke) implements CoreEvent {}

    record RequestArrived(RequestId request, JobNeeds needs) implements CoreEvent {}

    /** The client left, or is made to leave. */
    record ClientGone(RequestId request, JobFailure why) implements CoreEvent {}

    /** The first line of a job's answer was received. */
    record FirstLine(JobId job) implements CoreEvent {}

    /**
     * Said by the agent; of one that does not run the job it means nothing.
     *
     * @param slotFree false if the agent has yet to confirm that it is done (version 1 says so apart)
     */
    record JobEnded(AgentId by, JobId job, JobEnd end, boolean slotFree) implements CoreEvent {}

    /** The agent confirmed that it is done with a job that had ended before. */
    record SlotFreed(AgentId by, JobId job) implements CoreEvent {}

    /** A moment that {@link Core#wakeAt()} asked for has come. */
    record TimePassed() implements CoreEvent {}
}
