package org.ollamaorchestrator.gateway.api.seed;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.util.HashMap;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ErrorForm;
import org.ollamaorchestrator.gateway.api.FailureStatus;
import org.ollamaorchestrator.gateway.jobs.OllamaErrorText;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * The seed's errors: a job's failure is one event {@code data: {"error":"…"}}, before the first token as after it; a
 * request that cannot be taken is answered {@code {"error":"…"}}.
 */
@Singleton
public class SeedErrors implements ErrorForm {

    /** The seed's own words for whatever keeps a job from being placed; {@code reason} says which it was. */
    private static final String NO_AVAILABLE_AGENTS = "No available agents";

    private static final int UNAVAILABLE = 503;

    @Override
    public String dialect() {
        return "seed";
    }

    @Override
    public boolean covers(String path) {
        return path.equals(SeedResource.PATH);
    }

    @Override
    public ErrorAnswer clientError(ClientErrorException error, String requestId) {
        String json = JsonNodeFactory.instance
                .objectNode()
                .put("error", error.problem())
                .toString();
        return ErrorAnswer.json(error.status(), json);
    }

    @Override
    public ErrorAnswer failure(JobFailure failure, String requestId) {
        int status = isForWantOfAnAgent(failure) ? UNAVAILABLE : FailureStatus.of(failure);
        var headers = new HashMap<String, String>(FailureStatus.headers(failure));
        headers.put("Cache-Control", "no-cache, no-transform");
        return new ErrorAnswer(status, "text/event-stream", event(failure), headers);
    }

    static String event(JobFailure failure) {
        ObjectNode error = JsonNodeFactory.instance.objectNode();
        if (isForWantOfAnAgent(failure)) {
            error.put("error", NO_AVAILABLE_AGENTS).put("reason", failure.message());
        } else {
            error.put("error", OllamaErrorText.of(failure));
        }
        return "data: " + error + "\n\n";
    }

    private static boolean isForWantOfAnAgent(JobFailure failure) {
        return failure instanceof JobFailure.NoAgent
                || failure instanceof JobFailure.NoSuchModel
                || failure instanceof JobFailure.WaitedTooLong
                || failure instanceof JobFailure.AgentRefused;
    }
}
