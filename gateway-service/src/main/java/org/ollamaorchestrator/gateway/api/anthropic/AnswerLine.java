package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * What one line of Ollama's {@code /api/chat} says.
 *
 * @param thinking empty if it says none
 * @param text empty if it says none
 * @param ending with the last line
 */
record AnswerLine(String thinking, String text, List<ToolCall> toolCalls, Optional<Ending> ending) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    AnswerLine {
        toolCalls = List.copyOf(toolCalls);
    }

    /** Ollama sends each call whole. */
    record ToolCall(String name, ObjectNode arguments) {}

    /** Ollama does not tell a stop sequence from the model's own end: both are {@code stop}. */
    record Ending(String doneReason, long inputTokens, long outputTokens) {

        private static final String CUT_SHORT = "length";

        String stopReason(boolean toolsCalled) {
            if (doneReason.equals(CUT_SHORT)) {
                return "max_tokens";
            }
            return toolsCalled ? "tool_use" : "end_turn";
        }

        ObjectNode usage() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("input_tokens", inputTokens)
                    .put("output_tokens", outputTokens);
        }
    }

    /**
     * An error line says nothing here: the job's end follows it and tells of it.
     *
     * @throws JobFailedException if the line is not what Ollama sends
     */
    static AnswerLine read(String line) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new JobFailedException(new JobFailure.OllamaBroke("Ollama sent a line that is not JSON"));
        }
        JsonNode message = json.path("message");
        return new AnswerLine(
                message.path("thinking").asText(),
                message.path("content").asText(),
                toolCalls(message),
                json.path("done").asBoolean() ? Optional.of(ending(json)) : Optional.empty());
    }

    private static List<ToolCall> toolCalls(JsonNode message) {
        var calls = new ArrayList<ToolCall>();
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            calls.add(new ToolCall(
                    function.path("name").asText(),
                    function.path("arguments") instanceof ObjectNode arguments
                            ? arguments
                            : JsonNodeFactory.instance.objectNode()));
        }
        return calls;
    }

    private static Ending ending(JsonNode json) {
        return new Ending(
                json.path("done_reason").asText(),
                json.path("prompt_eval_count").asLong(),
                json.path("eval_count").asLong());
    }
}
