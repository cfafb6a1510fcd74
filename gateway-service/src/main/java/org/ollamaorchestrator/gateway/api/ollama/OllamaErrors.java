package org.ollamaorchestrator.gateway.api.ollama;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ErrorForm;
import org.ollamaorchestrator.gateway.api.FailureStatus;
import org.ollamaorchestrator.protocol.JobFailure;

/** Ollama's own errors, byte for byte where it sent one, and in its words where it would have. */
@Singleton
public class OllamaErrors implements ErrorForm {

    static final String DIALECT = "ollama";

    /** What Ollama does not have: the gateway's own paths beside it, whose errors are its own, too. */
    private static final List<String> OURS =
            List.of("/api/agents", "/api/admin", "/api/jobs", "/api/me", "/api/queue", "/api/ui", "/api/usage");

    private static final String JSON = "application/json; charset=utf-8";

    private static final String BUSY = "server busy, please try again.  maximum pending requests exceeded";

    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;

    @Override
    public String dialect() {
        return DIALECT;
    }

    @Override
    public boolean covers(String path) {
        return path.equals("/")
                || (path.startsWith("/api/")
                        && OURS.stream().noneMatch(path::startsWith)
                        && !path.equals("/api/chat/completions"));
    }

    @Override
    public ErrorAnswer clientError(ClientErrorException error, String requestId) {
        return switch (error.status()) {
            case NOT_FOUND -> plain(NOT_FOUND, "404 page not found");
            case NOT_ALLOWED -> plain(NOT_ALLOWED, "405 method not allowed");
            default -> json(error.status(), error.problem());
        };
    }

    @Override
    public ErrorAnswer failure(JobFailure failure, String requestId) {
        Map<String, String> headers = FailureStatus.headers(failure);
        return switch (failure) {
            case JobFailure.OllamaAnswered answered ->
                new ErrorAnswer(
                        answered.status(),
                        Optional.ofNullable(answered.contentType()).orElse(JSON),
                        answered.body(),
                        headers);
            case JobFailure.NoSuchModel missing ->
                json(NOT_FOUND, "model '%s' not found".formatted(missing.model().written()));
            case JobFailure.QueueFull full ->
                json(FailureStatus.of(failure), BUSY).with(headers);
            default -> json(FailureStatus.of(failure), failure.message()).with(headers);
        };
    }

    private static ErrorAnswer json(int status, String error) {
        return new ErrorAnswer(
                status,
                JSON,
                JsonNodeFactory.instance.objectNode().put("error", error).toString(),
                Map.of());
    }

    private static ErrorAnswer plain(int status, String text) {
        return new ErrorAnswer(status, "text/plain", text, Map.of());
    }
}
