package org.ollamaorchestrator.gateway.scheduling;

import org.ollamaorchestrator.protocol.JobId;

/** Names a client's request for its whole life, over all the attempts at it. */
public record RequestId(String value) {

    /** The id of one attempt: unique, and telling which request it belongs to. */
    public JobId attempt(int number) {
        return new JobId(value + "-" + number);
    }

    /** The id of a load that the request gave rise to, unique like an attempt's. */
    JobId load(int number) {
        return new JobId(value + "-load-" + number);
    }

    @Override
    public String toString() {
        return value;
    }
}
