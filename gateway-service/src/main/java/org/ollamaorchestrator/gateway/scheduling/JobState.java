package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.protocol.AgentId;

/** Where a job stands, while it holds a slot. */
sealed interface JobState {

    AgentId agent();

    /** Sent to the agent; no line has come back. */
    record Placed(AgentId agent) implements JobState {}

    /** Lines are coming: from here on nothing is tried again. */
    record Streaming(AgentId agent) implements JobState {}

    /** The request has its end, and the agent has yet to confirm: until then the slot stays taken. */
    record Releasing(AgentId agent) implements JobState {}
}
