package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

/** Is told of each request that has its end; {@code store} keeps it, if the owner wants that. Never blocks. */
public interface Ledger {

    void ended(Entry entry);

    /**
     * What one request was and took. All times begin with its arrival, but for the load's.
     *
     * @param key the name of the key
     * @param agent that had it last; empty if none ever had
     * @param queued until an agent had it for the last time, loads included; empty if none ever had
     * @param load of it, for which its model was loaded first; empty if it was not loaded for this request
     * @param firstLine until the answer's first line; empty if none came
     * @param end {@code done}, or the name of the failure
     */
    record Entry(
            RequestId id,
            String key,
            ModelName model,
            Optional<AgentId> agent,
            JobUsage usage,
            Optional<Duration> queued,
            Optional<Duration> load,
            Optional<Duration> firstLine,
            Duration duration,
            String end,
            Instant finished) {}
}
