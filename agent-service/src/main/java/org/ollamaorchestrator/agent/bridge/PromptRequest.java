package org.ollamaorchestrator.agent.bridge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobFailure;

/** The translations that version 1 needs, and only version 1. */
final class PromptRequest {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private PromptRequest() {}

    /** The body of {@code /api/generate}; as with the seed's agent, the parameters have the last word. */
    static String body(PromptJob job) {
        ObjectNode body = JSON.createObjectNode()
                .put("model", job.model().written())
                .put("prompt", job.prompt())
                .put("stream", true);
        if (job.parameters() != null) {
            body.setAll((ObjectNode) read(job.parameters().text()));
        }
        return body.toString();
    }

    /** The text of one of Ollama's lines; empty if it has none. */
    static String token(String line) {
        try {
            return JSON.readTree(line).path("response").asText();
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    /** Version 1 has one text for a failure: Ollama's own, where there is one. */
    static String errorText(JobFailure failure) {
        if (failure instanceof JobFailure.OllamaAnswered answered) {
            try {
                JsonNode error = JSON.readTree(answered.body()).path("error");
                return error.isTextual() ? error.textValue() : failure.message();
            } catch (JsonProcessingException e) {
                return failure.message();
            }
        }
        return failure.message();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a decoded message holds what is not JSON", e);
        }
    }
}
