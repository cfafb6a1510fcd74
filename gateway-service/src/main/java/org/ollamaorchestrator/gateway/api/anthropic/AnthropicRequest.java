package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.agents.Version1;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

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
        String json = body.toString();
        var job =
                new JobRequest(model, Operation.CHAT, new RawJson(json), Version1.refusal(Operation.CHAT, body, json));
        return new AnthropicRequest(modelAsAsked, job, streams, ignored, TokenEstimate.of(body));
    }
}
