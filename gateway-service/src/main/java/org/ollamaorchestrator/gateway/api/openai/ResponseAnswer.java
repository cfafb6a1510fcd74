package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/** A response in one piece. */
final class ResponseAnswer implements WholeAnswer {

    private final ResponseJson response;
    private final ResponseOutput output;
    private @Nullable OllamaLine last;

    ResponseAnswer(ResponseJson response, String key) {
        this.response = response;
        this.output = new ResponseOutput(key, (type, event) -> {});
    }

    @Override
    public void add(List<String> lines) {
        for (String each : lines) {
            OllamaLine line = OllamaLine.ofChat(each);
            output.add(line);
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
        if (last.cutShort()) {
            output.cutShort();
        } else {
            output.finish();
        }
        return response.ended(output.items(), last).toString().getBytes(UTF_8);
    }
}
