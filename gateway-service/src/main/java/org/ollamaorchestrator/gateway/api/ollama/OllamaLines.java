package org.ollamaorchestrator.gateway.api.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.List;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.jobs.OllamaErrorText;
import org.ollamaorchestrator.protocol.JobFailure;

/** One answer as Ollama sent it: each line and its newline, or one body without. */
final class OllamaLines implements EventDialect {

    private static final byte[] NOTHING = {};

    private final boolean streaming;
    private boolean errorPassedOn;
    private boolean wholeBodyPassedOn;

    /** @param streaming whether Ollama answers such a request in lines, and not in one body */
    OllamaLines(boolean streaming) {
        this.streaming = streaming;
    }

    @Override
    public byte[] events(List<String> lines) {
        var text = new StringBuilder();
        for (String line : lines) {
            text.append(line);
            if (streaming) {
                text.append('\n');
            }
        }
        errorPassedOn = lines.getLast().startsWith("{\"error\":");
        wholeBodyPassedOn = !streaming;
        return text.toString().getBytes(UTF_8);
    }

    @Override
    public byte[] keepAlive() {
        return NOTHING;
    }

    @Override
    public byte[] inQueue(int position, Duration expected) {
        return NOTHING;
    }

    @Override
    public byte[] end() {
        return NOTHING;
    }

    /**
     * Ollama tells of an error in mid-stream by a last line, which may have been passed on already. An answer in one piece
     * is one line, and whole with it: what fails afterwards is no more than its end, and must not spoil it.
     */
    @Override
    public byte[] failure(JobFailure failure) {
        if (errorPassedOn || wholeBodyPassedOn) {
            return NOTHING;
        }
        String error = JsonNodeFactory.instance
                .objectNode()
                .put("error", OllamaErrorText.of(failure))
                .toString();
        return (error + "\n").getBytes(UTF_8);
    }
}
