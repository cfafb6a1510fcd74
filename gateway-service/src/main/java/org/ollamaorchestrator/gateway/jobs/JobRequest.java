package org.ollamaorchestrator.gateway.jobs;

import java.util.Optional;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * A client's request, translated to Ollama's own API: what every dialect turns its requests into.
 *
 * @param body the request as Ollama takes it
 * @param version2Because why an agent of version 1 cannot take it; empty if it can
 */
public record JobRequest(ModelName model, Operation operation, RawJson body, Optional<String> version2Because) {}
