package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * One line of Ollama's answer to {@code /api/chat} or {@code /api/generate}.
 *
 * @param logprobs a list, or missing
 * @param usage the whole line: its last one has the counters
 */
record OllamaLine(
        String content,
        String thinking,
        List<ToolCall> toolCalls,
        JsonNode logprobs,
        boolean done,
        boolean cutShort,
        JsonNode usage) {

    private static final ObjectMapper JSON = new ObjectMapper();

    OllamaLine {
        toolCalls = List.copyOf(toolCalls);
    }

    /**
     * @param id empty if Ollama gave none
     * @param arguments the text of a JSON object
     */
    record ToolCall(String id, String name, String arguments) {}

    static OllamaLine ofChat(String line) {
        JsonNode json = read(line);
        JsonNode message = json.path("message");
        var calls = new ArrayList<ToolCall>();
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            JsonNode arguments = function.path("arguments");
            calls.add(new ToolCall(
                    call.path("id").asText(),
                    function.path("name").asText(),
                    arguments.isObject() ? arguments.toString() : "{}"));
        }
        return of(json, message.path("content"), message.path("thinking"), calls);
    }

    static OllamaLine ofGenerate(String line) {
        JsonNode json = read(line);
        return of(json, json.path("response"), json.path("thinking"), List.of());
    }

    /** @throws JobFailedException if Ollama does not speak JSON */
    static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new JobFailedException(new JobFailure.OllamaBroke("Ollama sent a line that is not JSON"));
        }
    }

    static JobFailure endedEarly() {
        return new JobFailure.OllamaBroke("the answer ended before it was whole");
    }

    private static OllamaLine of(JsonNode json, JsonNode content, JsonNode thinking, List<ToolCall> calls) {
        return new OllamaLine(
                content.asText(""),
                thinking.asText(""),
                calls,
                json.path("logprobs"),
                json.path("done").asBoolean(),
                "length".equals(json.path("done_reason").asText()),
                json);
    }

    /** Neither text nor anything else: there is nothing to tell the client. */
    boolean isSilent() {
        return content.isEmpty() && thinking.isEmpty() && toolCalls.isEmpty() && logprobs.isEmpty();
    }

    /** Ollama leaves a counter that is zero out. */
    long promptTokens() {
        return usage.path("prompt_eval_count").asLong();
    }

    long answerTokens() {
        return usage.path("eval_count").asLong();
    }
}
