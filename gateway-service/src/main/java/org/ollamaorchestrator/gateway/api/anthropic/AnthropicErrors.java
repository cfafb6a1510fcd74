package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ErrorForm;
import org.ollamaorchestrator.gateway.api.FailureStatus;
import org.ollamaorchestrator.gateway.api.RetryAdvice;
import org.ollamaorchestrator.gateway.jobs.OllamaErrorText;
import org.ollamaorchestrator.protocol.JobFailure;

/** Anthropic's errors: {@code {"type":"error","error":{"type":"…","message":"…"},"request_id":"…"}}. */
@Singleton
public class AnthropicErrors implements ErrorForm {

    static final String REQUEST_ID = "request-id";

    private static final int SERVER_ERRORS = 500;

    @Override
    public String dialect() {
        return "anthropic";
    }

    @Override
    public boolean covers(String path) {
        return path.equals(MessagesResource.PATH) || path.startsWith(MessagesResource.PATH + "/");
    }

    @Override
    public ErrorAnswer clientError(ClientErrorException error, String requestId) {
        return answer(error.status(), error.problem(), requestId, Map.of());
    }

    @Override
    public ErrorAnswer failure(JobFailure failure, String requestId) {
        return answer(FailureStatus.of(failure), OllamaErrorText.of(failure), requestId, RetryAdvice.headers(failure));
    }

    /** The event that tells of a failure in mid-stream. */
    static ObjectNode error(JobFailure failure) {
        return error(FailureStatus.of(failure), OllamaErrorText.of(failure));
    }

    private static ErrorAnswer answer(int status, String message, String requestId, Map<String, String> headers) {
        var all = new HashMap<>(headers);
        all.put(REQUEST_ID, requestId);
        return ErrorAnswer.json(
                        status,
                        error(status, message).put("request_id", requestId).toString())
                .with(all);
    }

    private static ObjectNode error(int status, String message) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("type", "error");
        json.putObject("error").put("type", type(status)).put("message", message);
        return json;
    }

    /** Anthropic's own servers say 529 for {@code overloaded_error}; here it is the standard's 503. */
    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            default -> status < SERVER_ERRORS ? "invalid_request_error" : "api_error";
        };
    }
}
