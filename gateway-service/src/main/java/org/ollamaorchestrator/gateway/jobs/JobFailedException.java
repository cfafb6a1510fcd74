package org.ollamaorchestrator.gateway.jobs;

import org.ollamaorchestrator.protocol.JobFailure;

/** Carries a {@link JobFailure} through a Mutiny stream. Nothing else is thrown there on purpose. */
public final class JobFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient JobFailure failure;

    public JobFailedException(JobFailure failure) {
        super(failure.message(), null, false, false);
        this.failure = failure;
    }

    public JobFailure failure() {
        return failure;
    }
}
