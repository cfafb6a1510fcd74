package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.ollamaorchestrator.protocol.JobFailure;

/** The gateway's own form, for whatever no dialect covers: {@code {"error":"…"}}. */
final class PlainErrorForm implements ErrorForm {

    @Override
    public String dialect() {
        return "none";
    }

    @Override
    public boolean covers(String path) {
        return true;
    }

    @Override
    public ErrorAnswer clientError(ClientErrorException error, String requestId) {
        return ErrorAnswer.json(error.status(), json(error.problem()));
    }

    @Override
    public ErrorAnswer failure(JobFailure failure, String requestId) {
        return ErrorAnswer.json(FailureStatus.of(failure), json(failure.message()))
                .with(FailureStatus.headers(failure));
    }

    static String json(String error) {
        return JsonNodeFactory.instance.objectNode().put("error", error).toString();
    }
}
