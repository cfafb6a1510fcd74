package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * Is told of each request that has its end: {@code store} keeps it, if the owner wants that, and {@code observability} counts
 * and logs it. There are several; none ever blocks.
 */
public interface Ledger {

    void ended(Entry entry);

    /** A request that was not let in, so that it has neither id nor end. From any thread. */
    default void refused(JobFailure why, String dialect) {}

    /**
     * What one request was and took. All times begin with its arrival, but for the load's.
     *
     * @param requestId what the client's answer calls it
     * @param dialect of the API that was called
     * @param key the name of the key
     * @param agent that had it last; empty if none ever had
     * @param queued until an agent had it for the last time, loads included; empty if none ever had
     * @param load of it, for which its model was loaded first; empty if it was not loaded for this request
     * @param firstLine until the answer's first line; empty if none came
     * @param end {@code done}, or the name of the failure
     */
    record Entry(
            RequestId id,
            String requestId,
            String dialect,
            String key,
            ModelName model,
            Operation operation,
            Optional<AgentId> agent,
            JobUsage usage,
            Optional<Duration> queued,
            Optional<Duration> load,
            Optional<Duration> firstLine,
            Duration duration,
            String end,
            Instant finished) {

        /** What {@code end} says of a whole answer. */
        public static final String DONE = "done";

        public boolean isDone() {
            return end.equals(DONE);
        }
    }
}
