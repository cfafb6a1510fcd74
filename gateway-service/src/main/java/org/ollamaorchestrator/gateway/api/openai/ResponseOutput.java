package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The items of one response, one after another: what the model thinks, says and calls. Each begins when its first piece
 * comes and is done when another kind of item begins. Tells of every step as an event.
 */
final class ResponseOutput {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String key;
    private final BiConsumer<String, ObjectNode> events;
    private final ArrayNode items = JSON.arrayNode();
    private @Nullable OpenItem open;
    private int calls;

    /** @param events takes the type of an event and its members */
    ResponseOutput(String key, BiConsumer<String, ObjectNode> events) {
        this.key = key;
        this.events = events;
    }

    private enum Kind {
        REASONING("rs_"),
        MESSAGE("msg_");

        private final String idPrefix;

        Kind(String idPrefix) {
            this.idPrefix = idPrefix;
        }
    }

    private record OpenItem(Kind kind, String id, StringBuilder text) {}

    void add(OllamaLine line) {
        if (!line.thinking().isEmpty()) {
            addText(Kind.REASONING, line.thinking());
        }
        if (!line.content().isEmpty()) {
            addText(Kind.MESSAGE, line.content());
        }
        for (OllamaLine.ToolCall call : line.toolCalls()) {
            addCall(call);
        }
    }

    /** Ends the item under way. */
    void finish() {
        close("completed");
    }

    /** Ends the item under way, which is not whole. */
    void cutShort() {
        close("incomplete");
    }

    /** The items that are done. */
    ArrayNode items() {
        return items;
    }

    private void addText(Kind kind, String text) {
        OpenItem item = open(kind);
        item.text().append(text);
        switch (kind) {
            case REASONING ->
                events.accept(
                        "response.reasoning_summary_text.delta", inSummary(item).put("delta", text));
            case MESSAGE -> {
                ObjectNode delta = inContent(item).put("delta", text);
                delta.putArray("logprobs");
                events.accept("response.output_text.delta", delta);
            }
        }
    }

    private OpenItem open(Kind kind) {
        OpenItem present = open;
        if (present != null && present.kind() == kind) {
            return present;
        }
        finish();
        var item = new OpenItem(kind, kind.idPrefix + key + "_" + items.size(), new StringBuilder());
        open = item;
        events.accept("response.output_item.added", itemEvent(itemJson(item, "in_progress", false)));
        switch (kind) {
            case REASONING -> {
                ObjectNode added = inSummary(item);
                added.set("part", summaryPart(""));
                events.accept("response.reasoning_summary_part.added", added);
            }
            case MESSAGE -> {
                ObjectNode added = inContent(item);
                added.set("part", textPart(""));
                events.accept("response.content_part.added", added);
            }
        }
        return item;
    }

    private void close(String status) {
        OpenItem item = open;
        if (item == null) {
            return;
        }
        open = null;
        String text = item.text().toString();
        switch (item.kind()) {
            case REASONING -> {
                events.accept(
                        "response.reasoning_summary_text.done", inSummary(item).put("text", text));
                ObjectNode done = inSummary(item);
                done.set("part", summaryPart(text));
                events.accept("response.reasoning_summary_part.done", done);
            }
            case MESSAGE -> {
                ObjectNode textDone = inContent(item).put("text", text);
                textDone.putArray("logprobs");
                events.accept("response.output_text.done", textDone);
                ObjectNode done = inContent(item);
                done.set("part", textPart(text));
                events.accept("response.content_part.done", done);
            }
        }
        done(itemJson(item, status, true));
    }

    private void addCall(OllamaLine.ToolCall call) {
        finish();
        String callId = call.id().isEmpty() ? "call_" + key + "_" + calls : call.id();
        String id = "fc_" + key + "_" + calls;
        calls++;
        events.accept("response.output_item.added", itemEvent(callJson(id, callId, call.name(), "", "in_progress")));
        events.accept("response.function_call_arguments.delta", in(id).put("delta", call.arguments()));
        events.accept(
                "response.function_call_arguments.done",
                in(id).put("name", call.name()).put("arguments", call.arguments()));
        done(callJson(id, callId, call.name(), call.arguments(), "completed"));
    }

    private void done(ObjectNode item) {
        events.accept("response.output_item.done", itemEvent(item));
        items.add(item);
    }

    private ObjectNode itemEvent(ObjectNode item) {
        ObjectNode event = JSON.objectNode().put("output_index", items.size());
        event.set("item", item);
        return event;
    }

    private ObjectNode in(String itemId) {
        return JSON.objectNode().put("item_id", itemId).put("output_index", items.size());
    }

    private ObjectNode inContent(OpenItem item) {
        return in(item.id()).put("content_index", 0);
    }

    private ObjectNode inSummary(OpenItem item) {
        return in(item.id()).put("summary_index", 0);
    }

    private static ObjectNode itemJson(OpenItem item, String status, boolean withText) {
        ObjectNode json = JSON.objectNode().put("id", item.id());
        String text = item.text().toString();
        switch (item.kind()) {
            case REASONING -> {
                json.put("type", "reasoning");
                ArrayNode summary = json.putArray("summary");
                if (withText) {
                    summary.add(summaryPart(text));
                }
            }
            case MESSAGE -> {
                json.put("type", "message").put("status", status).put("role", "assistant");
                ArrayNode content = json.putArray("content");
                if (withText) {
                    content.add(textPart(text));
                }
            }
        }
        return json;
    }

    private static ObjectNode callJson(String id, String callId, String name, String arguments, String status) {
        return JSON.objectNode()
                .put("id", id)
                .put("type", "function_call")
                .put("status", status)
                .put("call_id", callId)
                .put("name", name)
                .put("arguments", arguments);
    }

    private static ObjectNode textPart(String text) {
        ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.putArray("logprobs");
        return part;
    }

    private static ObjectNode summaryPart(String text) {
        return JSON.objectNode().put("type", "summary_text").put("text", text);
    }
}
