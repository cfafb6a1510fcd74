package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.HashMap;
import java.util.Map;
import org.ollamaorchestrator.gateway.api.RequestObject;

/** Ollama's messages, while they are put together. Tool results get the name of the tool that their call named. */
final class Conversation {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final ArrayNode messages;
    private final Map<String, String> toolNames = new HashMap<>();

    Conversation(ArrayNode messages) {
        this.messages = messages;
    }

    @CanIgnoreReturnValue
    ObjectNode add(String role, ContentParts content) {
        ObjectNode message = messages.addObject().put("role", role).put("content", content.text());
        if (!content.images().isEmpty()) {
            message.set("images", content.images());
        }
        return message;
    }

    /** A message of the model without a text, for its calls or its thinking. */
    ObjectNode addAssistant() {
        return messages.addObject().put("role", "assistant").put("content", "");
    }

    /**
     * Adds a call to a message of the model.
     *
     * @param function has {@code name} and {@code arguments}, a JSON object as a text
     */
    void addCall(ObjectNode message, String callId, RequestObject function) {
        String name = function.requiredText("name");
        ArrayNode calls =
                message.path("tool_calls") instanceof ArrayNode present ? present : message.putArray("tool_calls");
        ObjectNode call = calls.addObject();
        if (!callId.isEmpty()) {
            call.put("id", callId);
            toolNames.put(callId, name);
        }
        call.putObject("function").put("name", name).set("arguments", arguments(function));
    }

    /** @param toolName empty if the client does not say: then it is the one of the call */
    void addToolResult(String callId, String toolName, ContentParts content) {
        ObjectNode message = add("tool", content);
        String name = toolName.isEmpty() ? toolNames.getOrDefault(callId, "") : toolName;
        if (!name.isEmpty()) {
            message.put("tool_name", name);
        }
        if (!callId.isEmpty()) {
            message.put("tool_call_id", callId);
        }
    }

    private static JsonNode arguments(RequestObject function) {
        JsonNode given = function.any("arguments").orElseGet(JSON::createObjectNode);
        if (given.isObject()) {
            return given;
        }
        String text = function.requiredText("arguments");
        try {
            JsonNode parsed = text.isBlank() ? JSON.createObjectNode() : JSON.readTree(text);
            if (parsed.isObject()) {
                return parsed;
            }
        } catch (JsonProcessingException | NumberFormatException e) {
            throw notAnObject(function);
        }
        throw notAnObject(function);
    }

    private static RuntimeException notAnObject(RequestObject function) {
        return function.wrong("arguments", "is not the text of a JSON object");
    }
}
