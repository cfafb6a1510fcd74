package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.protocol.JobFailure;

/** A chat completion as a stream of chunks. */
final class ChatEvents implements EventDialect {

    /** What a chunk takes that carries one token, and some room: growing would copy all that is there. */
    private static final int CHUNK_CHARS = 320;

    private final AnswerHead head;
    private final ChatForm form;

    private final Chunks chunks;

    private boolean begun;
    private boolean done;
    private int calls;

    ChatEvents(AnswerHead head, ChatForm form) {
        this.head = head;
        this.form = form;
        this.chunks = Chunks.of(head.json(ChatForm.ID_PREFIX, "chat.completion.chunk"), form.includeUsage());
    }

    @Override
    public byte[] events(List<String> lines) {
        var events = new StringBuilder(lines.size() * CHUNK_CHARS);
        for (String line : lines) {
            Optional<String> text = begun ? TextAlone.of(line) : Optional.empty();
            if (text.isPresent()) {
                chunks.appendContent(events, text.get());
            } else {
                append(events, OllamaLine.ofChat(line));
            }
        }
        return events.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] end() {
        return Chunks.end(done);
    }

    @Override
    public byte[] failure(JobFailure failure) {
        return Chunks.failure(failure);
    }

    /** A line with Ollama's error says nothing of this: the job's end tells of it. */
    private void append(StringBuilder events, OllamaLine line) {
        if (!line.isSilent() || (line.done() && !begun)) {
            appendChoice(events, delta(line), line, null);
        }
        if (line.done()) {
            done = true;
            appendChoice(
                    events,
                    JsonNodeFactory.instance.objectNode(),
                    null,
                    ChatForm.finishReason(calls > 0, line.cutShort()));
            chunks.appendUsage(events, line);
        }
    }

    private ObjectNode delta(OllamaLine line) {
        ObjectNode delta = JsonNodeFactory.instance.objectNode();
        if (!begun) {
            begun = true;
            delta.put("role", "assistant").put("content", line.content());
        } else if (!line.content().isEmpty()) {
            delta.put("content", line.content());
        }
        if (!line.thinking().isEmpty()) {
            delta.put("reasoning", line.thinking()).put("reasoning_content", line.thinking());
        }
        if (!line.toolCalls().isEmpty()) {
            ArrayNode list = delta.putArray("tool_calls");
            for (OllamaLine.ToolCall call : line.toolCalls()) {
                list.add(ChatForm.toolCall(call, calls, head));
                calls++;
            }
        }
        return delta;
    }

    private void appendChoice(
            StringBuilder events, ObjectNode delta, @Nullable OllamaLine line, @Nullable String finishReason) {
        ObjectNode choice = JsonNodeFactory.instance.objectNode();
        choice.put("index", 0).set("delta", delta);
        if (form.logprobs() && line != null && !line.logprobs().isEmpty()) {
            ChatForm.addLogprobs(
                    line.logprobs(),
                    choice.putObject("logprobs").putNull("refusal").putArray("content"));
        }
        choice.put("finish_reason", finishReason);
        chunks.appendChoice(events, choice);
    }
}
