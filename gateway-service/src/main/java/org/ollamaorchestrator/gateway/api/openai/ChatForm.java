package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;

/**
 * The form of a chat completion, streamed or whole.
 *
 * @param includeUsage whether a stream ends with the usage
 * @param logprobs whether the client asked for them
 */
record ChatForm(boolean includeUsage, boolean logprobs) implements AnswerForm {

    static final String ID_PREFIX = "chatcmpl-";

    @Override
    public EventDialect events(AnswerHead head) {
        return new ChatEvents(head, this);
    }

    @Override
    public WholeAnswer whole(AnswerHead head) {
        return new ChatAnswer(head, this);
    }

    static String finishReason(boolean anyToolCall, boolean cutShort) {
        if (anyToolCall) {
            return "tool_calls";
        }
        return cutShort ? "length" : "stop";
    }

    static ObjectNode usage(OllamaLine last) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", last.promptTokens())
                .put("completion_tokens", last.answerTokens())
                .put("total_tokens", last.promptTokens() + last.answerTokens());
    }

    /** @param index counts the calls of the whole answer, over all its lines */
    static ObjectNode toolCall(OllamaLine.ToolCall call, int index, AnswerHead head) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("index", index);
        json.put("id", callId(call, index, head));
        json.put("type", "function");
        json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
        return json;
    }

    /** Ollama's own id, or one made of the answer's. */
    static String callId(OllamaLine.ToolCall call, int index, AnswerHead head) {
        return call.id().isEmpty() ? "call_" + head.key() + "_" + index : call.id();
    }

    /** Ollama's entries are OpenAI's, but for a list that Ollama leaves out when it is empty. */
    static void addLogprobs(JsonNode logprobs, ArrayNode to) {
        for (JsonNode entry : logprobs) {
            if (entry instanceof ObjectNode object && !object.has("top_logprobs")) {
                object.putArray("top_logprobs");
            }
            to.add(entry);
        }
    }
}
