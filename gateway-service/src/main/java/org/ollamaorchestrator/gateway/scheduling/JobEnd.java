package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.protocol.JobFailure;

/** How a job ended. Each has exactly one end. */
public sealed interface JobEnd {

    /** The whole answer was received. */
    record Completed() implements JobEnd {}

    record Failed(JobFailure failure) implements JobEnd {}
}
