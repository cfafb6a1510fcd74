package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.protocol.JobFailure;

/** A completion as a stream of chunks. */
final class CompletionEvents implements EventDialect {

    private final CompletionForm form;

    /** The members that all chunks have alike, written once. */
    private final String chunkStart;

    private boolean done;
    private int textOffset;

    CompletionEvents(ObjectNode head, CompletionForm form) {
        this.form = form;
        String common = head.toString();
        this.chunkStart = "data: " + common.substring(0, common.length() - 1) + ",\"choices\":[";
    }

    @Override
    public byte[] events(List<String> lines) {
        var events = new StringBuilder();
        for (String line : lines) {
            append(events, OllamaLine.ofGenerate(line));
        }
        return events.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] end() {
        return done ? "data: [DONE]\n\n".getBytes(UTF_8) : failure(OllamaLine.endedEarly());
    }

    @Override
    public byte[] failure(JobFailure failure) {
        return OpenAiErrors.event(failure).getBytes(UTF_8);
    }

    private void append(StringBuilder events, OllamaLine line) {
        if (!line.isSilent()) {
            appendChoice(events, CompletionForm.choice(line.content(), line.thinking(), logprobs(line), null));
        }
        if (line.done()) {
            done = true;
            appendChoice(events, CompletionForm.choice("", "", null, ChatForm.finishReason(false, line.cutShort())));
            if (form.includeUsage()) {
                events.append(chunkStart)
                        .append("],\"usage\":")
                        .append(ChatForm.usage(line))
                        .append("}\n\n");
            }
        }
    }

    private @Nullable ObjectNode logprobs(OllamaLine line) {
        if (!form.logprobs() || line.logprobs().isEmpty()) {
            return null;
        }
        var logprobs = new CompletionForm.Logprobs(textOffset);
        logprobs.add(line.logprobs());
        textOffset = logprobs.offset();
        return logprobs.json();
    }

    private void appendChoice(StringBuilder events, ObjectNode choice) {
        events.append(chunkStart).append(choice).append(form.includeUsage() ? "],\"usage\":null}\n\n" : "]}\n\n");
    }
}
