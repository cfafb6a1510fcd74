package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * What scheduling has to know of a request.
 *
 * @param version2Because why an agent of version 1 cannot take it; empty if it can
 * @param usesModel whether the model has to be in memory for it; not for one that runs elsewhere, or is to be unloaded
 * @param contextLength the context it insists on, in tokens: another one than the loaded model's reloads the model
 * @param bytes what it costs the gateway to keep it waiting
 * @param within the time that its client gives it from its arrival to its end
 */
public record JobNeeds(
        ModelName model,
        Operation operation,
        Optional<String> version2Because,
        boolean usesModel,
        OptionalInt contextLength,
        Prompt prompt,
        long bytes,
        Share share,
        Optional<Duration> within) {}
