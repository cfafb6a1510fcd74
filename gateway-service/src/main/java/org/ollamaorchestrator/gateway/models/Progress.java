package org.ollamaorchestrator.gateway.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * How far one agent has come, from the lines of its Ollama.
 *
 * @param status what Ollama said last
 * @param said all that it has said so far, in the order in which it was said first
 */
record Progress(String status, Map<String, Said> said) {

    static final Progress NONE = new Progress("", Map.of());

    /** More than any model has layers; what a strange Ollama says beyond is not kept. */
    private static final int SAID_MAX = 1_000;

    private static final int STATUS_CHARACTERS_MAX = 500;

    /** The end is told by whoever knows that everybody is there. */
    private static final String SUCCESS = "success";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Something that Ollama says. */
    sealed interface Said {
        String status();
    }

    /** A step without a measure. */
    record StepTaken(String status) implements Said {}

    /** A part of the model under way. */
    record Layer(String status, String digest, long total, long completed) implements Said {}

    Progress {
        said = Collections.unmodifiableMap(new LinkedHashMap<>(said));
    }

    /** What is no progress of Ollama's changes nothing. */
    Progress after(String line) {
        JsonNode json = read(line);
        String told = json.path("status").asText();
        if (told.isEmpty() || told.equals(SUCCESS)) {
            return this;
        }
        String bounded = told.length() <= STATUS_CHARACTERS_MAX ? told : told.substring(0, STATUS_CHARACTERS_MAX);
        String digest = json.path("digest").asText();
        Said latest = digest.isEmpty()
                ? new StepTaken(bounded)
                : new Layer(
                        bounded,
                        digest,
                        json.path("total").asLong(),
                        json.path("completed").asLong());
        String key = digest.isEmpty() ? bounded : digest;
        var all = new LinkedHashMap<>(said);
        if (all.size() < SAID_MAX || all.containsKey(key)) {
            all.put(key, latest);
        }
        return new Progress(bounded, all);
    }

    long total() {
        return layersSum(Layer::total);
    }

    long completed() {
        return layersSum(Layer::completed);
    }

    private long layersSum(ToLongFunction<Layer> of) {
        return said.values().stream()
                .filter(Layer.class::isInstance)
                .map(Layer.class::cast)
                .mapToLong(of)
                .sum();
    }

    private static JsonNode read(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
    }
}
