package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;

/**
 * The form of a completion, streamed or whole.
 *
 * @param includeUsage whether a stream ends with the usage
 * @param logprobs whether the client asked for them
 */
record CompletionForm(boolean includeUsage, boolean logprobs) implements AnswerForm {

    private static final String ID_PREFIX = "cmpl-";
    private static final String OBJECT = "text_completion";

    @Override
    public EventDialect events(AnswerHead head) {
        return new CompletionEvents(head(head), this);
    }

    @Override
    public WholeAnswer whole(AnswerHead head) {
        return new CompletionAnswer(head(head), this);
    }

    private static ObjectNode head(AnswerHead head) {
        return head.json(ID_PREFIX, OBJECT);
    }

    /** @param thinking stands beside the text, which OpenAI's form has no word for */
    static ObjectNode choice(
            String text, String thinking, @Nullable ObjectNode logprobs, @Nullable String finishReason) {
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        choice.put("text", text).put("index", 0);
        if (!thinking.isEmpty()) {
            choice.put("reasoning", thinking);
        }
        choice.set("logprobs", logprobs);
        choice.put("finish_reason", finishReason);
        return choice;
    }

    /** The older form of them: four lists, one entry a token. */
    static final class Logprobs {

        private int offset;
        private final ObjectNode json = JsonNodeFactory.instance.objectNode();
        private final ArrayNode tokens = json.putArray("tokens");
        private final ArrayNode values = json.putArray("token_logprobs");
        private final ArrayNode tops = json.putArray("top_logprobs");
        private final ArrayNode offsets = json.putArray("text_offset");

        /** @param offset where the first token begins in the whole text */
        Logprobs(int offset) {
            this.offset = offset;
        }

        void add(JsonNode logprobs) {
            for (JsonNode entry : logprobs) {
                String token = entry.path("token").asText();
                tokens.add(token);
                values.add(entry.path("logprob"));
                ObjectNode top = tops.addObject();
                entry.path("top_logprobs")
                        .forEach(each -> top.set(each.path("token").asText(), each.path("logprob")));
                offsets.add(offset);
                offset += token.length();
            }
        }

        int offset() {
            return offset;
        }

        ObjectNode json() {
            return json;
        }
    }
}
