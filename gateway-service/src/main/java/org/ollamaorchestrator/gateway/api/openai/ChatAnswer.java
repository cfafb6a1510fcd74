package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/** A chat completion in one piece. */
final class ChatAnswer implements WholeAnswer {

    private final AnswerHead head;
    private final ChatForm form;
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final ArrayNode calls = JsonNodeFactory.instance.arrayNode();
    private final ArrayNode logprobs = JsonNodeFactory.instance.arrayNode();
    private @Nullable OllamaLine last;

    ChatAnswer(AnswerHead head, ChatForm form) {
        this.head = head;
        this.form = form;
    }

    @Override
    public void add(List<String> lines) {
        for (String line : lines) {
            add(OllamaLine.ofChat(line));
        }
    }

    private void add(OllamaLine line) {
        content.append(line.content());
        thinking.append(line.thinking());
        for (OllamaLine.ToolCall call : line.toolCalls()) {
            calls.add(ChatForm.toolCall(call, calls.size(), head));
        }
        ChatForm.addLogprobs(line.logprobs(), logprobs);
        if (line.done()) {
            last = line;
        }
    }

    @Override
    public byte[] body() {
        if (last == null) {
            throw new JobFailedException(OllamaLine.endedEarly());
        }
        ObjectNode body = head.json(ChatForm.ID_PREFIX, "chat.completion");
        ObjectNode choice = body.putArray("choices").addObject();
        choice.put("index", 0).set("message", message());
        if (form.logprobs()) {
            choice.putObject("logprobs").putNull("refusal").set("content", logprobs);
        } else {
            choice.putNull("logprobs");
        }
        choice.put("finish_reason", ChatForm.finishReason(!calls.isEmpty(), last.cutShort()));
        body.set("usage", ChatForm.usage(last));
        return body.toString().getBytes(UTF_8);
    }

    private ObjectNode message() {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("role", "assistant");
        message.put("content", content.isEmpty() && !calls.isEmpty() ? null : content.toString());
        message.putNull("refusal");
        if (!thinking.isEmpty()) {
            message.put("reasoning", thinking.toString()).put("reasoning_content", thinking.toString());
        }
        if (!calls.isEmpty()) {
            message.set("tool_calls", calls);
        }
        return message;
    }
}
