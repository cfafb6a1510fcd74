package org.ollamaorchestrator.gateway.api.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.stream.Answering;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** Ollama's requests as jobs: every field passes, present and future; only the model's name is looked at. */
@Singleton
public class OllamaRequests {

    private static final String LINES = "application/x-ndjson";
    private static final String BODY = "application/json; charset=utf-8";

    private final ModelAliases aliases;

    OllamaRequests(ModelAliases aliases) {
        this.aliases = aliases;
    }

    /** For whoever asks there. */
    OllamaRequests of(RoutingContext context) {
        return new OllamaRequests(aliases.of(context));
    }

    /**
     * @return the job, and the form that Ollama answers it in
     * @throws ClientErrorException in Ollama's own words
     * @throws JobFailedException for what Ollama answers with a status of its own
     */
    Answering answering(Operation operation, ObjectNode request) {
        ModelName model = aliases.apply(model(operation, request), request);
        if (request.path("_debug_render_only").asBoolean()) {
            throw ClientErrorException.badField("_debug_render_only", "is for the machine that runs Ollama");
        }
        boolean streaming = isStreamed(operation, request);
        return Answering.inLines(
                JobRequest.of(model, operation, request), streaming ? LINES : BODY, new OllamaLines(streaming));
    }

    private static String model(Operation operation, ObjectNode request) {
        // The older name of the field; Ollama's own command line sends both, and the newer one empty.
        JsonNode named = isGiven(request.path("model")) ? request.path("model") : request.path("name");
        String model = named.asText();
        if (isGiven(named) && !named.isTextual()) {
            throw ClientErrorException.badField("model", "is not a text");
        }
        if (model.isBlank()) {
            if (operation == Operation.GENERATE) {
                // Ollama's own answer to a generate without a model.
                throw new JobFailedException(
                        new JobFailure.OllamaAnswered(404, BODY, "{\"error\":\"model '' not found\"}"));
            }
            throw ClientErrorException.badRequest("model is required");
        }
        return model;
    }

    private static boolean isGiven(JsonNode value) {
        return !value.isMissingNode()
                && !value.isNull()
                && !(value.isTextual() && value.textValue().isEmpty());
    }

    /** Ollama answers a request that only loads or unloads in one body, whatever it says of streams. */
    private static boolean isStreamed(Operation operation, ObjectNode request) {
        boolean wanted = request.path("stream").asBoolean(true);
        return switch (operation) {
            case CHAT -> wanted && !request.path("messages").isEmpty();
            case GENERATE -> wanted && !request.path("prompt").asText().isEmpty();
            case LOAD, EMBED, EMBEDDINGS, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> false;
        };
    }
}
