package org.ollamaorchestrator.gateway.scheduling;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** Everything that can happen to the core. */
public sealed interface CoreEvent {

    /**
     * An agent registered, anew or again.
     *
     * @param connection names the one over which it did
     * @param resuming the jobs that it still has; what it does not list is lost
     */
    record AgentJoined(String connection, AgentProfile agent, Set<JobId> resuming) implements CoreEvent {
        public AgentJoined {
            // Not Set.copyOf: its order differs from run to run, and one history has one order.
            resuming = Collections.unmodifiableSet(new LinkedHashSet<>(resuming));
        }
    }

    record AgentChanged(AgentProfile agent) implements CoreEvent {}

    /** An agent's connection is gone; it may come back with its jobs. Of an earlier connection it means nothing. */
    record AgentDropped(String connection, AgentId agent) implements CoreEvent {}

    /**
     * An agent is gone, and its jobs with it. Of an earlier connection it means nothing.
     *
     * @param broke how the agent broke the protocol, if that is why it was dropped
     */
    record AgentLeft(String connection, AgentId agent, Optional<String> broke) implements CoreEvent {}

    /** An operator has an agent take no new jobs, or take them again; what it runs goes on. */
    record AgentHeld(AgentId agent, boolean held) implements CoreEvent {}

    record RequestArrived(RequestId request, JobNeeds needs) implements CoreEvent {}

    /** The client left, or is made to leave. */
    record ClientGone(RequestId request, JobFailure why) implements CoreEvent {}

    /** The first line of a job's answer was received. */
    record FirstLine(JobId job) implements CoreEvent {}

    /** No line of a job has come for too long, although its client would have taken it. */
    record Stalled(JobId job) implements CoreEvent {}

    /**
     * Said by the agent; of one that does not run the job it means nothing.
     *
     * @param slotFree false if the agent has yet to confirm that it is done (version 1 says so apart)
     */
    record JobEnded(AgentId by, JobId job, JobEnd end, boolean slotFree) implements CoreEvent {}

    /** The agent confirmed that it is done with a job that had ended before. */
    record SlotFreed(AgentId by, JobId job) implements CoreEvent {}

    /** The gateway takes no new requests from now on, or takes them again. */
    record Draining(boolean on) implements CoreEvent {}

    /** A moment that {@link Core#wakeAt()} asked for has come. */
    record TimePassed() implements CoreEvent {}
}
