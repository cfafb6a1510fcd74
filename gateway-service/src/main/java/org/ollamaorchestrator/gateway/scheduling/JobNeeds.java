package org.ollamaorchestrator.gateway.scheduling;

import java.util.Optional;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * What placement has to know of a request.
 *
 * @param version2Because why an agent of version 1 cannot take it; empty if it can
 */
public record JobNeeds(ModelName model, Optional<String> version2Because) {}
