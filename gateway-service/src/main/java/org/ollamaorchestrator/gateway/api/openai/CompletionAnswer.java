package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/** A completion in one piece. */
final class CompletionAnswer implements WholeAnswer {

    private final ObjectNode body;
    private final CompletionForm form;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final CompletionForm.Logprobs logprobs = new CompletionForm.Logprobs(0);
    private @Nullable OllamaLine last;

    CompletionAnswer(ObjectNode head, CompletionForm form) {
        this.body = head;
        this.form = form;
    }

    @Override
    public void add(List<String> lines) {
        for (String each : lines) {
            OllamaLine line = OllamaLine.ofGenerate(each);
            text.append(line.content());
            thinking.append(line.thinking());
            logprobs.add(line.logprobs());
            if (line.done()) {
                last = line;
            }
        }
    }

    @Override
    public byte[] body() {
        if (last == null) {
            throw new JobFailedException(OllamaLine.endedEarly());
        }
        body.putArray("choices")
                .add(CompletionForm.choice(
                        text.toString(),
                        thinking.toString(),
                        form.logprobs() ? logprobs.json() : null,
                        ChatForm.finishReason(false, last.cutShort())));
        body.set("usage", ChatForm.usage(last));
        return body.toString().getBytes(UTF_8);
    }
}
