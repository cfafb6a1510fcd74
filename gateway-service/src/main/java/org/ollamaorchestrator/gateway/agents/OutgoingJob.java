package org.ollamaorchestrator.gateway.agents;

import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * A job on its way to an agent.
 *
 * @param body the request as Ollama takes it
 */
public record OutgoingJob(JobId id, ModelName model, Operation operation, RawJson body) {}
