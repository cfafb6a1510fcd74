package org.ollamaorchestrator.gateway.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.ollamaorchestrator.protocol.JobFailure;

/** What a failure says to a person: Ollama's own words where it sent some. */
public final class OllamaErrorText {

    private static final ObjectMapper JSON = new ObjectMapper();

    private OllamaErrorText() {}

    public static String of(JobFailure failure) {
        return failure instanceof JobFailure.OllamaAnswered answered ? textOf(answered) : failure.message();
    }

    private static String textOf(JobFailure.OllamaAnswered answered) {
        try {
            JsonNode error = JSON.readTree(answered.body()).path("error");
            return error.isTextual() ? error.textValue() : answered.message();
        } catch (JsonProcessingException e) {
            // Ollama's errors for paths and methods are plain text; the message says the status.
            return answered.message();
        }
    }
}
