package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import org.ollamaorchestrator.protocol.JobFailure;

/** One response as an object, at each point of its life. */
final class ResponseJson {

    private final AnswerHead head;
    private final ResponseEcho echo;
    private final InstantSource clock;

    ResponseJson(AnswerHead head, ResponseEcho echo, InstantSource clock) {
        this.head = head;
        this.echo = echo;
        this.clock = clock;
    }

    ObjectNode inProgress() {
        return json("in_progress", JsonNodeFactory.instance.arrayNode());
    }

    /** An answer that met its bound is not complete. */
    ObjectNode ended(ArrayNode output, OllamaLine last) {
        ObjectNode json = json(last.cutShort() ? "incomplete" : "completed", output);
        if (last.cutShort()) {
            json.putObject("incomplete_details").put("reason", "max_output_tokens");
        } else {
            json.put("completed_at", clock.instant().getEpochSecond());
        }
        ObjectNode usage = json.putObject("usage");
        usage.put("input_tokens", last.promptTokens());
        usage.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
        usage.put("output_tokens", last.answerTokens());
        usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
        usage.put("total_tokens", last.promptTokens() + last.answerTokens());
        return json;
    }

    ObjectNode failed(ArrayNode output, JobFailure failure) {
        ObjectNode json = json("failed", output);
        json.set("error", OpenAiErrors.ofResponse(failure));
        return json;
    }

    private ObjectNode json(String status, ArrayNode output) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", "resp_" + head.key());
        json.put("object", "response");
        json.put("created_at", head.created().getEpochSecond());
        json.putNull("completed_at");
        json.put("status", status);
        json.putNull("incomplete_details");
        json.put("model", head.model());
        json.set("output", output);
        json.putNull("error");
        json.putNull("usage");
        echo.addTo(json);
        return json;
    }
}
