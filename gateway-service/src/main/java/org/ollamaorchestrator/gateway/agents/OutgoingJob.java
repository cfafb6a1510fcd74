package org.ollamaorchestrator.gateway.agents;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * A job on its way to an agent.
 *
 * @param body the request as Ollama takes it
 * @param within the time that it has
 * @param traceparent of the trace that it belongs to, in W3C's form
 */
public record OutgoingJob(
        JobId id,
        ModelName model,
        Operation operation,
        RawJson body,
        Optional<Duration> within,
        Optional<String> traceparent) {

    @Nullable Long withinMillis() {
        return within.map(time -> Math.max(1, time.toMillis())).orElse(null);
    }
}
