package org.ollamaorchestrator.gateway.models;

import org.ollamaorchestrator.protocol.JobFailure;

/** What can happen to one agent's part of an operation. */
sealed interface PartEvent {

    /** Its agent was asked to do it. */
    record Begun() implements PartEvent {}

    /** A line of its Ollama's. */
    record Told(String line) implements PartEvent {}

    record Completed() implements PartEvent {}

    record FailedBy(JobFailure failure) implements PartEvent {}

    /** Somebody wants it no more. */
    record CancelAsked() implements PartEvent {}

    /**
     * Time passed.
     *
     * @param agentThere whether its agent could be asked now
     */
    record TimePassed(boolean agentThere) implements PartEvent {}
}
