package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/** What all fuzzing of requests has in common: a body is translated, or refused as its client's mistake. */
@NullMarked
public final class FuzzedRequests {

    public static final ModelAliases NO_ALIASES = new ModelAliases(Map.of(), false);

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private FuzzedRequests() {}

    /** Anything but the two exceptions that become an answer gets out, and fails the test. */
    public static void translatedOrRefused(byte[] body, Consumer<ObjectNode> translate) {
        JsonNode parsed;
        try {
            parsed = JSON.readTree(body);
        } catch (IOException | NumberFormatException e) {
            return;
        }
        if (parsed instanceof ObjectNode request) {
            try {
                translate.accept(request);
            } catch (ClientErrorException | JobFailedException e) {
                // The answer that a client gets for its mistake.
                return;
            }
        }
    }
}
