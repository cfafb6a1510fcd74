package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ErrorForm;
import org.ollamaorchestrator.gateway.api.FailureStatus;
import org.ollamaorchestrator.gateway.api.RetryAdvice;
import org.ollamaorchestrator.gateway.jobs.OllamaErrorText;
import org.ollamaorchestrator.protocol.JobFailure;

/** OpenAI's errors: {@code {"error":{"message","type","param","code"}}}. */
@Singleton
public class OpenAiErrors implements ErrorForm {

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int INTERNAL = 500;

    private static final String MODEL_NOT_FOUND = "model_not_found";

    @Override
    public String dialect() {
        return "openai";
    }

    /** Anthropic's part of {@code /v1} has a form of its own. */
    @Override
    public boolean covers(String path) {
        return path.startsWith("/v1/") && !path.equals("/v1/messages") && !path.startsWith("/v1/messages/");
    }

    @Override
    public ErrorAnswer clientError(ClientErrorException error, String requestId) {
        return ErrorAnswer.json(
                error.status(),
                json(error.problem(), error.status(), error.field().orElse(null), null));
    }

    @Override
    public ErrorAnswer failure(JobFailure failure, String requestId) {
        return ErrorAnswer.json(FailureStatus.of(failure), json(failure)).with(RetryAdvice.headers(failure));
    }

    /**
     * A failure in mid-stream. The SDKs of OpenAI know it by its {@code error} member, LangChain4j by the event's name
     * alone.
     */
    static String event(JobFailure failure) {
        return "event: error\ndata: " + json(failure) + "\n\n";
    }

    static String json(JobFailure failure) {
        int status = FailureStatus.of(failure);
        return json(OllamaErrorText.of(failure), status, null, status == NOT_FOUND ? MODEL_NOT_FOUND : null);
    }

    /** The error of a response that failed: its codes are a closed set. */
    static ObjectNode ofResponse(JobFailure failure) {
        int status = FailureStatus.of(failure);
        return JsonNodeFactory.instance
                .objectNode()
                .put(
                        "code",
                        status == TOO_MANY
                                ? "rate_limit_exceeded"
                                : status < INTERNAL ? "invalid_prompt" : "server_error")
                .put("message", OllamaErrorText.of(failure));
    }

    private static String json(String message, int status, @Nullable String param, @Nullable String code) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error")
                .put("message", message)
                .put("type", type(status))
                .put("param", param)
                .put("code", code);
        return body.toString();
    }

    private static String type(int status) {
        return switch (status) {
            case UNAUTHORIZED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case NOT_FOUND -> "not_found_error";
            case TOO_MANY -> "rate_limit_error";
            default -> status < INTERNAL ? "invalid_request_error" : "api_error";
        };
    }
}
