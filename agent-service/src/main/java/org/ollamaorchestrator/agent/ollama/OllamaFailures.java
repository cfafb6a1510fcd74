package org.ollamaorchestrator.agent.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/** What went wrong at Ollama, as a job's failure. No sentence holds anything of a prompt or an answer. */
final class OllamaFailures {

    static final int BODY_BYTES_MAX = 1024 * 1024;

    /** What the other fields of a {@code job_error} may take. */
    private static final int MESSAGE_BYTES_SPARED = 4 * 1024;

    private OllamaFailures() {}

    /** No line of an answer came. */
    static JobFailure unreachable(Throwable cause) {
        return new JobFailure.OllamaUnreachable(why(cause));
    }

    /** Ollama's status and body, unchanged, if they fit into one message. */
    static JobFailure answered(int status, @Nullable String contentType, Buffer body) {
        String text = body.toString(UTF_8);
        return body.length() > BODY_BYTES_MAX
                        || MessageCodec.encodedBytes(text) > ProtocolLimits.MESSAGE_BYTES_MAX - MESSAGE_BYTES_SPARED
                ? new JobFailure.OllamaBroke("Ollama answered with status " + status + " and a body of over 1 MiB")
                : new JobFailure.OllamaAnswered(status, contentType, text);
    }

    static JobFailure errorLine(String error) {
        return new JobFailure.OllamaBroke(error);
    }

    static JobFailure endedEarly() {
        return new JobFailure.OllamaBroke("Ollama ended its answer before it was complete");
    }

    static JobFailure lineTooLong() {
        return new JobFailure.OllamaBroke(
                "a line of Ollama's answer is longer than " + ProtocolLimits.LINE_BYTES_MAX / (1024 * 1024) + " MB");
    }

    /** Short, for a person, and without a stack. */
    static String why(Throwable cause) {
        return switch (cause) {
            case ConnectException e -> "connection refused";
            case UnknownHostException e -> "unknown host";
            case TimeoutException e -> "no answer in time";
            default -> {
                String message = cause.getMessage();
                yield message == null ? cause.getClass().getSimpleName() : message;
            }
        };
    }
}
