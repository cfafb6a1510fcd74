package org.ollamaorchestrator.gateway.api.seed;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * One answer in the seed's events: {@code data: {"token":"…","done":false}} for each token, one with {@code done}, and
 * {@code data: [DONE]}. What the seed's form has no word for, thinking and tool calls, stands beside the token.
 */
final class SeedEvents implements EventDialect {

    private static final ObjectMapper JSON = new ObjectMapper();

    private boolean done;

    @Override
    public byte[] events(List<String> lines) {
        var events = new StringBuilder();
        for (String line : lines) {
            append(events, read(line));
        }
        return events.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] end() {
        return done
                ? "data: [DONE]\n\n".getBytes(UTF_8)
                : failure(new JobFailure.OllamaBroke("the answer ended before it was whole"));
    }

    @Override
    public byte[] failure(JobFailure failure) {
        return SeedErrors.event(failure).getBytes(UTF_8);
    }

    /** An error line of Ollama's is followed by the job's end, which tells of it. */
    private void append(StringBuilder events, JsonNode line) {
        if (line.has("error")) {
            return;
        }
        JsonNode message = line.path("message");
        boolean last = line.path("done").asBoolean();
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("token", message.path("content").asText()).put("done", last);
        copy(message, "thinking", event);
        copy(message, "tool_calls", event);
        if (last) {
            done = true;
        } else if (event.size() == 2 && event.path("token").asText().isEmpty()) {
            return;
        }
        events.append("data: ").append(event).append("\n\n");
    }

    private static void copy(JsonNode from, String name, ObjectNode to) {
        JsonNode value = from.path(name);
        if (!value.isMissingNode() && !value.isNull()) {
            to.set(name, value);
        }
    }

    private static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new JobFailedException(new JobFailure.OllamaBroke("Ollama sent a line that is not JSON"));
        }
    }
}
