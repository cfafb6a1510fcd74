package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * The chunks of one streamed answer, of chats and of completions alike.
 *
 * @param start the members that all chunks have alike, written once
 * @param includeUsage whether the client asked for a chunk with the usage; then all others say that they have none
 */
record Chunks(String start, boolean includeUsage) {

    static Chunks of(ObjectNode common, boolean includeUsage) {
        String json = common.toString();
        return new Chunks("data: " + json.substring(0, json.length() - 1) + ",\"choices\":[", includeUsage);
    }

    void appendChoice(StringBuilder events, ObjectNode choice) {
        events.append(start).append(choice).append(endOfChoices());
    }

    /** More of the text: written without a tree, since it is done for every token. */
    void appendContent(StringBuilder events, String content) {
        events.append(start).append("{\"index\":0,\"delta\":{\"content\":\"");
        JsonStringEncoder.getInstance().quoteAsString(content, events);
        events.append("\"},\"finish_reason\":null}").append(endOfChoices());
    }

    private String endOfChoices() {
        return includeUsage ? "],\"usage\":null}\n\n" : "]}\n\n";
    }

    /** After the last choice, if the client asked for it. */
    void appendUsage(StringBuilder events, OllamaLine last) {
        if (includeUsage) {
            events.append(start)
                    .append("],\"usage\":")
                    .append(ChatForm.usage(last))
                    .append("}\n\n");
        }
    }

    /** @param whole whether Ollama's last line was seen: only then is there a {@code [DONE]} */
    static byte[] end(boolean whole) {
        return whole ? "data: [DONE]\n\n".getBytes(UTF_8) : failure(OllamaLine.endedEarly());
    }

    static byte[] failure(JobFailure failure) {
        return OpenAiErrors.event(failure).getBytes(UTF_8);
    }
}
