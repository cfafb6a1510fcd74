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

    private final Chunks chunks;

    private boolean done;
    private int textOffset;

    CompletionEvents(ObjectNode head, CompletionForm form) {
        this.form = form;
        this.chunks = Chunks.of(head, form.includeUsage());
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
        return Chunks.end(done);
    }

    @Override
    public byte[] failure(JobFailure failure) {
        return Chunks.failure(failure);
    }

    private void append(StringBuilder events, OllamaLine line) {
        if (!line.isSilent()) {
            chunks.appendChoice(events, CompletionForm.choice(line.content(), line.thinking(), logprobs(line), null));
        }
        if (line.done()) {
            done = true;
            chunks.appendChoice(
                    events, CompletionForm.choice("", "", null, ChatForm.finishReason(false, line.cutShort())));
            chunks.appendUsage(events, line);
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
}
