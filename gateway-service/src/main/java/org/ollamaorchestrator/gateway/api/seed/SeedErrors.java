package org.ollamaorchestrator.gateway.api.seed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ollamaorchestrator.protocol.JobFailure;

/** A job's failure in the seed's form: one event {@code data: {"error":"…"}}, before the first token as after it. */
final class SeedErrors {

    /** The seed's own words for whatever keeps a job from being placed; {@code reason} says which it was. */
    private static final String NO_AVAILABLE_AGENTS = "No available agents";

    private static final ObjectMapper JSON = new ObjectMapper();

    private SeedErrors() {}

    static String event(JobFailure failure) {
        ObjectNode error = JsonNodeFactory.instance.objectNode();
        if (isForWantOfAnAgent(failure)) {
            error.put("error", NO_AVAILABLE_AGENTS).put("reason", failure.message());
        } else {
            error.put("error", textOf(failure));
        }
        return "data: " + error + "\n\n";
    }

    private static boolean isForWantOfAnAgent(JobFailure failure) {
        return failure instanceof JobFailure.NoAgent
                || failure instanceof JobFailure.NoSuchModel
                || failure instanceof JobFailure.AllBusy
                || failure instanceof JobFailure.AgentRefused;
    }

    /** Ollama's own error text, if it sent one. */
    private static String textOf(JobFailure failure) {
        if (failure instanceof JobFailure.OllamaAnswered answered) {
            try {
                JsonNode error = JSON.readTree(answered.body()).path("error");
                if (error.isTextual()) {
                    return error.textValue();
                }
            } catch (JsonProcessingException e) {
                // Ollama's errors for paths and methods are plain text; the message says the status.
                return failure.message();
            }
        }
        return failure.message();
    }
}
