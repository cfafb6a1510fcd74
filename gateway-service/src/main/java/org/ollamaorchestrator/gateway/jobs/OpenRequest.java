package org.ollamaorchestrator.gateway.jobs;

import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.Share;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * A request that has no end yet, for people and scripts. Nothing of its prompt is here.
 *
 * @param name what its client calls it: its {@code x-request-id}
 * @param agent that had it last; empty if none ever had
 * @param answering whether the first line of its answer has come
 */
public record OpenRequest(
        RequestId id,
        String name,
        Share share,
        ModelName model,
        Operation operation,
        Instant since,
        Optional<AgentId> agent,
        boolean answering) {}
