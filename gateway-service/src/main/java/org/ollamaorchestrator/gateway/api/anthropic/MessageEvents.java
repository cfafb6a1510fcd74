package org.ollamaorchestrator.gateway.api.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * One answer in Anthropic's events: {@code message_start}, each block's start, deltas and stop, {@code message_delta} with
 * the reason and the counts, {@code message_stop}. The first event goes out with Ollama's first line, or with the first
 * silence.
 */
final class MessageEvents implements EventDialect {

    private enum Block {
        NONE,
        THINKING,
        TEXT
    }

    private static final String PING = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

    private final AnswerIds ids;
    private final String model;

    private boolean started;
    private boolean ended;
    private Block open = Block.NONE;
    private int index = -1;
    private int toolUses;

    /** @param model as the client wrote it */
    MessageEvents(AnswerIds ids, String model) {
        this.ids = ids;
        this.model = model;
    }

    @Override
    public byte[] events(List<String> lines) {
        var events = new StringBuilder();
        for (String line : lines) {
            AnswerLine said = AnswerLine.read(line);
            start(events);
            append(said, events);
        }
        return events.toString().getBytes(UTF_8);
    }

    /** By the book a ping may not come before the message. */
    @Override
    public byte[] keepAlive() {
        var events = new StringBuilder();
        if (!started) {
            start(events);
        } else {
            events.append(PING);
        }
        return events.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] end() {
        if (!ended) {
            return failure(new JobFailure.OllamaBroke("the answer ended before it was whole"));
        }
        var events = new StringBuilder();
        append(event("message_stop"), events);
        return events.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] failure(JobFailure failure) {
        var events = new StringBuilder();
        append(AnthropicErrors.error(failure), events);
        return events.toString().getBytes(UTF_8);
    }

    private void start(StringBuilder events) {
        if (started) {
            return;
        }
        started = true;
        ObjectNode message = MessageShape.message(ids, model);
        message.putObject("usage").put("input_tokens", 0).put("output_tokens", 0);
        ObjectNode event = event("message_start");
        event.set("message", message);
        append(event, events);
        events.append(PING);
    }

    private void append(AnswerLine line, StringBuilder events) {
        if (!line.thinking().isEmpty()) {
            open(Block.THINKING, MessageShape.thinking(""), events);
            delta("thinking_delta", "thinking", line.thinking(), events);
        }
        if (!line.text().isEmpty()) {
            open(Block.TEXT, MessageShape.text(""), events);
            delta("text_delta", "text", line.text(), events);
        }
        line.toolCalls().forEach(call -> append(call, events));
        line.ending().ifPresent(ending -> append(ending, events));
    }

    /** Ollama's call is whole, so its input is one delta. */
    private void append(AnswerLine.ToolCall call, StringBuilder events) {
        close(events);
        begin(MessageShape.toolUse(ids.toolUse(toolUses), call.name(), JsonNodeFactory.instance.objectNode()), events);
        toolUses++;
        delta("input_json_delta", "partial_json", call.arguments().toString(), events);
        stop(events);
    }

    private void append(AnswerLine.Ending ending, StringBuilder events) {
        close(events);
        ended = true;
        ObjectNode event = event("message_delta");
        event.putObject("delta")
                .put("stop_reason", ending.stopReason(toolUses > 0))
                .putNull("stop_sequence");
        event.set("usage", ending.usage());
        append(event, events);
    }

    private void open(Block kind, ObjectNode block, StringBuilder events) {
        if (open != kind) {
            close(events);
            begin(block, events);
            open = kind;
        }
    }

    private void close(StringBuilder events) {
        if (open == Block.NONE) {
            return;
        }
        if (open == Block.THINKING) {
            delta("signature_delta", "signature", "", events);
        }
        stop(events);
        open = Block.NONE;
    }

    private void begin(ObjectNode block, StringBuilder events) {
        index++;
        ObjectNode event = event("content_block_start").put("index", index);
        event.set("content_block", block);
        append(event, events);
    }

    private void delta(String type, String name, String value, StringBuilder events) {
        ObjectNode event = event("content_block_delta").put("index", index);
        event.putObject("delta").put("type", type).put(name, value);
        append(event, events);
    }

    private void stop(StringBuilder events) {
        append(event("content_block_stop").put("index", index), events);
    }

    private static ObjectNode event(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    private static void append(ObjectNode event, StringBuilder events) {
        events.append("event: ")
                .append(event.path("type").textValue())
                .append("\ndata: ")
                .append(event)
                .append("\n\n");
    }
}
