package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * What all parts of one answer say alike.
 *
 * @param key the part of its id that is its own
 * @param model as the client wrote it
 */
record AnswerHead(String key, Instant created, String model) {

    private static final String FINGERPRINT = "fp_ollama";

    ObjectNode json(String idPrefix, String object) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", idPrefix + key)
                .put("object", object)
                .put("created", created.getEpochSecond())
                .put("model", model)
                .put("system_fingerprint", FINGERPRINT);
    }
}
