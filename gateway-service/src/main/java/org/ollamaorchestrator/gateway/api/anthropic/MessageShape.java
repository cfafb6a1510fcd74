package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Anthropic's message object and its content blocks, as they are before anything is in them. */
final class MessageShape {

    private MessageShape() {}

    /** A message that has not ended; {@code usage} comes last. */
    static ObjectNode message(AnswerIds ids, String model) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("id", ids.message())
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model)
                .putArray("content");
        return message.putNull("stop_reason").putNull("stop_sequence");
    }

    static ObjectNode text(String text) {
        return JsonNodeFactory.instance.objectNode().put("type", "text").put("text", text);
    }

    /** Nothing is sealed here, so the signature is empty; clients want one all the same. */
    static ObjectNode thinking(String thinking) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "thinking")
                .put("thinking", thinking)
                .put("signature", "");
    }

    static ObjectNode toolUse(String id, String name, ObjectNode input) {
        ObjectNode block = JsonNodeFactory.instance
                .objectNode()
                .put("type", "tool_use")
                .put("id", id)
                .put("name", name);
        block.set("input", input);
        return block;
    }
}
