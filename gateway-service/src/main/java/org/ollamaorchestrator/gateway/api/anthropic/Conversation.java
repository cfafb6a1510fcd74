package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;

/**
 * Anthropic's messages as Ollama's, in their order. Ollama has no blocks: a message's texts become one, and each tool
 * result becomes a message of its own, which names the tool that its {@code tool_use} called.
 */
final class Conversation {

    private static final String BETWEEN_TEXTS = "\n";
    private static final String BETWEEN_SYSTEM_TEXTS = "\n\n";
    private static final String ERROR = "Error: ";

    private final ArrayNode messages;
    private final Collection<String> ignored;
    private final Map<String, String> toolNames = new HashMap<>();

    /**
     * @param messages where Ollama's messages go
     * @param ignored where the names of fields go that have no effect
     */
    Conversation(ArrayNode messages, Collection<String> ignored) {
        this.messages = messages;
        this.ignored = ignored;
    }

    /** The request's {@code system}, which comes before its messages. */
    void addSystem(RequestObject request) {
        if (request.has("system")) {
            addTexts("system", request, "system", BETWEEN_SYSTEM_TEXTS);
        }
    }

    void addMessages(RequestObject request) {
        request.requiredObjects("messages").forEach(this::add);
    }

    private void add(RequestObject message) {
        AnthropicFields.addIgnored(message.json(), "messages.", ignored);
        switch (message.requiredText("role")) {
            case "user" -> addOfUser(message);
            case "assistant" -> addOfAssistant(message);
            case "system" -> addTexts("system", message, "content", BETWEEN_SYSTEM_TEXTS);
            default -> throw message.wrong("role", "is not user or assistant");
        }
    }

    private void addOfUser(RequestObject message) {
        if (message.isText("content")) {
            put("user", message.requiredText("content"));
            return;
        }
        var said = new Said();
        for (RequestObject block : blocks(message, "content")) {
            if ("tool_result".equals(block.requiredText("type"))) {
                said.putAs("user");
                said = new Said();
                addToolResult(block);
            } else {
                said.add(block);
            }
        }
        said.putAs("user");
    }

    private void addToolResult(RequestObject block) {
        String id = block.requiredText("tool_use_id");
        String name = toolNames.get(id);
        if (name == null) {
            throw block.wrong("tool_use_id", "is not the id of an earlier tool_use");
        }
        var said = new Said();
        if (block.isText("content")) {
            said.texts.add(block.requiredText("content"));
        } else if (block.has("content")) {
            blocks(block, "content").forEach(said::add);
        }
        String text = said.texts.toString();
        ObjectNode result = put("tool", block.isTrue("is_error") ? ERROR + text : text);
        said.putImages(result);
        result.put("tool_name", name).put("tool_call_id", id);
    }

    private void addOfAssistant(RequestObject message) {
        if (message.isText("content")) {
            put("assistant", message.requiredText("content"));
            return;
        }
        var text = new StringBuilder();
        var thinking = new StringBuilder();
        ArrayNode calls = JsonNodeFactory.instance.arrayNode();
        for (RequestObject block : blocks(message, "content")) {
            switch (block.requiredText("type")) {
                case "text" -> text.append(block.requiredText("text"));
                case "thinking" -> thinking.append(block.requiredText("thinking"));
                case "redacted_thinking" -> {
                    // Sealed by Anthropic's own service: there is nothing in it that Ollama could read.
                }
                case "tool_use" -> addCall(block, calls);
                default -> throw untranslatable(block);
            }
        }
        ObjectNode answer = put("assistant", text.toString());
        if (!thinking.isEmpty()) {
            answer.put("thinking", thinking.toString());
        }
        if (!calls.isEmpty()) {
            answer.set("tool_calls", calls);
        }
    }

    private void addCall(RequestObject block, ArrayNode calls) {
        String id = block.requiredWords("id");
        String name = block.requiredWords("name");
        RequestObject input = block.requiredObject("input");
        toolNames.put(id, name);
        calls.addObject().put("id", id).putObject("function").put("name", name).set("arguments", input.json());
    }

    private void addTexts(String role, RequestObject from, String name, String between) {
        if (from.isText(name)) {
            put(role, from.requiredText(name));
            return;
        }
        var texts = new StringJoiner(between);
        for (RequestObject block : blocks(from, name)) {
            if (!"text".equals(block.requiredText("type"))) {
                throw untranslatable(block);
            }
            texts.add(block.requiredText("text"));
        }
        if (texts.length() > 0) {
            put(role, texts.toString());
        }
    }

    private List<RequestObject> blocks(RequestObject from, String name) {
        if (!from.requiredAny(name).isArray()) {
            throw from.wrong(name, "is not a text or a list of blocks");
        }
        List<RequestObject> blocks = from.objects(name);
        for (RequestObject block : blocks) {
            AnthropicFields.addIgnored(block.json(), "[" + block.requiredText("type") + "].", ignored);
        }
        return blocks;
    }

    @CanIgnoreReturnValue
    private ObjectNode put(String role, String text) {
        return messages.addObject().put("role", role).put("content", text);
    }

    private static ClientErrorException untranslatable(RequestObject block) {
        return block.wrong("type", "is one that Ollama has no counterpart for, at least here");
    }

    /** What a user or a tool says in blocks, until something else comes. */
    private final class Said {

        private final StringJoiner texts = new StringJoiner(BETWEEN_TEXTS);
        private final List<String> images = new ArrayList<>();

        void add(RequestObject block) {
            switch (block.requiredText("type")) {
                case "text" -> texts.add(block.requiredText("text"));
                case "image" -> images.add(image(block.requiredObject("source")));
                default -> throw untranslatable(block);
            }
        }

        void putAs(String role) {
            if (texts.length() > 0 || !images.isEmpty()) {
                putImages(put(role, texts.toString()));
            }
        }

        void putImages(ObjectNode message) {
            if (!images.isEmpty()) {
                images.forEach(message.putArray("images")::add);
            }
        }

        private String image(RequestObject source) {
            AnthropicFields.addIgnored(source.json(), "[image].source.", ignored);
            if (!"base64".equals(source.requiredText("type"))) {
                throw source.wrong("type", "is not base64: nothing is fetched for a request, send the image itself");
            }
            return source.requiredWords("data");
        }
    }
}
