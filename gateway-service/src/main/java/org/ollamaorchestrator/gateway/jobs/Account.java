package org.ollamaorchestrator.gateway.jobs;

/** Who pays for a request. */
public interface Account {

    /** Nobody does. */
    Account NONE = usage -> {};

    /** The request has its end; once, from any thread. */
    void used(JobUsage usage);

    /** Whether the key was revoked since: then what runs on it ends. */
    default boolean isRevoked() {
        return false;
    }
}
