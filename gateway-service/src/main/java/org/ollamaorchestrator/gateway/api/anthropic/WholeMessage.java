package org.ollamaorchestrator.gateway.api.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

/** One answer as Anthropic's message object, with the blocks that its events would have had. */
final class WholeMessage implements WholeAnswer {

    private final AnswerIds ids;
    private final String model;

    private final ArrayNode content = JsonNodeFactory.instance.arrayNode();
    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private int toolUses;
    private Optional<AnswerLine.Ending> ending = Optional.empty();

    /** @param model as the client wrote it */
    WholeMessage(AnswerIds ids, String model) {
        this.ids = ids;
        this.model = model;
    }

    @Override
    public void add(List<String> lines) {
        for (String line : lines) {
            add(AnswerLine.read(line));
        }
    }

    @Override
    public byte[] body() {
        closeThinking();
        closeText();
        AnswerLine.Ending end = ending.orElseThrow(
                () -> new JobFailedException(new JobFailure.OllamaBroke("the answer ended before it was whole")));
        ObjectNode message = MessageShape.message(ids, model);
        message.set("content", content);
        message.put("stop_reason", end.stopReason(toolUses > 0));
        message.set("usage", end.usage());
        return message.toString().getBytes(UTF_8);
    }

    private void add(AnswerLine line) {
        if (!line.thinking().isEmpty()) {
            closeText();
            thinking.append(line.thinking());
        }
        if (!line.text().isEmpty()) {
            closeThinking();
            text.append(line.text());
        }
        line.toolCalls().forEach(this::add);
        if (line.ending().isPresent()) {
            ending = line.ending();
        }
    }

    private void add(AnswerLine.ToolCall call) {
        closeThinking();
        closeText();
        content.add(MessageShape.toolUse(ids.toolUse(toolUses), call.name(), call.arguments()));
        toolUses++;
    }

    private void closeThinking() {
        if (!thinking.isEmpty()) {
            content.add(MessageShape.thinking(thinking.toString()));
            thinking.setLength(0);
        }
    }

    private void closeText() {
        if (!text.isEmpty()) {
            content.add(MessageShape.text(text.toString()));
            text.setLength(0);
        }
    }
}
