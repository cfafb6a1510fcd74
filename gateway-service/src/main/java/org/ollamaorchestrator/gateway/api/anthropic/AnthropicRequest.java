package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * A client's request, translated.
 *
 * @param modelAsAsked the client's own word for the model, which its answer bears
 * @param streams whether the client wants events
 * @param ignored fields without an effect
 * @param tokens how many its prompt will have, by {@link TokenEstimate}
 */
record AnthropicRequest(String modelAsAsked, JobRequest job, boolean streams, List<String> ignored, long tokens) {

    AnthropicRequest {
        ignored = List.copyOf(ignored);
    }

    /** @param body the request for Ollama's {@code /api/chat} */
    static AnthropicRequest of(
            String modelAsAsked, ModelName model, ObjectNode body, boolean streams, List<String> ignored) {
        return new AnthropicRequest(
                modelAsAsked, JobRequest.of(model, Operation.CHAT, body), streams, ignored, TokenEstimate.of(body));
    }
}
