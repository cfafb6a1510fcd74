package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * A client's request, translated.
 *
 * @param modelAsAsked the client's own word for the model, which its answer bears
 * @param body the request for Ollama's {@code /api/chat}, as it stands in the job
 * @param streams whether the client wants events
 * @param ignored fields without an effect
 * @param askingToThink fields of Anthropic's that have the model think
 * @param tokens how many its prompt will have, by {@link TokenEstimate}
 */
record AnthropicRequest(
        String modelAsAsked,
        JobRequest job,
        ObjectNode body,
        boolean streams,
        List<String> ignored,
        List<String> askingToThink,
        long tokens) {

    AnthropicRequest {
        ignored = List.copyOf(ignored);
        askingToThink = List.copyOf(askingToThink);
    }

    static AnthropicRequest of(
            String modelAsAsked,
            ModelName model,
            ObjectNode body,
            boolean streams,
            List<String> ignored,
            List<String> askingToThink) {
        return new AnthropicRequest(
                modelAsAsked,
                JobRequest.of(model, Operation.CHAT, body),
                body,
                streams,
                ignored,
                askingToThink,
                TokenEstimate.of(body));
    }

    /** The same for a model that cannot think: what asks it to has no effect. */
    AnthropicRequest withoutThinking() {
        ObjectNode thoughtless = JsonNodeFactory.instance.objectNode();
        thoughtless.setAll(body);
        thoughtless.remove("think");
        List<String> all =
                Stream.concat(ignored.stream(), askingToThink.stream()).toList();
        return new AnthropicRequest(
                modelAsAsked,
                JobRequest.of(job.model(), Operation.CHAT, thoughtless),
                thoughtless,
                streams,
                all,
                List.of(),
                tokens);
    }
}
