package org.ollamaorchestrator.protocol;

import static com.fasterxml.jackson.annotation.JsonCreator.Mode.DELEGATING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * One entry of an agent's {@code catalog} or {@code loaded}: Ollama's own object from {@code /api/tags} or
 * {@code /api/ps}, with the facts of {@code /api/show} in a member {@code show} beside Ollama's own ones.
 *
 * @param name Ollama's name for the model, always with its tag
 * @param json the whole object, as it travels
 */
public record OllamaModel(
        ModelName name, @JsonValue @JsonRawValue String json) {

    private static final String SHOW = "show";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** @throws IllegalArgumentException if the object names no model */
    @JsonCreator(mode = DELEGATING)
    public static OllamaModel of(ObjectNode object) {
        JsonNode name = object.path("name").isTextual() ? object.path("name") : object.path("model");
        if (!name.isTextual()) {
            throw new IllegalArgumentException("a model has no name");
        }
        return new OllamaModel(new ModelName(name.textValue()), object.toString());
    }

    /** A model of which nothing but its name is known. */
    public static OllamaModel named(ModelName name) {
        return of(JsonNodeFactory.instance
                .objectNode()
                .put("name", name.canonical())
                .put("model", name.canonical()));
    }

    /** The same entry with what {@code /api/show} says of the model: {@code capabilities} and {@code contextLength}. */
    public static OllamaModel withFacts(ObjectNode object, Facts facts) {
        ObjectNode whole = object.deepCopy();
        ObjectNode show = whole.putObject(SHOW);
        facts.capabilities().forEach(show.putArray("capabilities")::add);
        if (facts.contextLength() > 0) {
            show.put("contextLength", facts.contextLength());
        }
        return of(whole);
    }

    /** Ollama's own object, without what was put beside it. */
    public String ollamaJson() {
        if (!json.contains("\"" + SHOW + "\"")) {
            return json;
        }
        ObjectNode object = parsed();
        object.remove(SHOW);
        return object.toString();
    }

    /** Empty if neither Ollama nor the agent told. */
    public List<String> capabilities() {
        ObjectNode object = parsed();
        JsonNode told = object.path("capabilities").isArray()
                ? object.path("capabilities")
                : object.path(SHOW).path("capabilities");
        var capabilities = new ArrayList<String>();
        told.forEach(capability -> capabilities.add(capability.asText()));
        return capabilities;
    }

    /** Of the model's file in a catalog, of the memory that it takes in a list of loaded ones; 0 if nobody told. */
    public long size() {
        return parsed().path("size").asLong();
    }

    /** What a loaded model takes of its GPUs' memory, in bytes; 0 if it is in none, or nobody told. */
    public long memoryOnGpu() {
        return parsed().path("size_vram").asLong();
    }

    /** The context that a loaded model was loaded with, in tokens; 0 if nobody told. */
    public int contextLength() {
        return parsed().path("context_length").asInt();
    }

    private ObjectNode parsed() {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a model's entry is not JSON", e);
        }
    }

    /**
     * What {@code /api/show} knows and an older {@code /api/tags} does not tell.
     *
     * @param contextLength in tokens; 0 where Ollama does not say
     */
    public record Facts(List<String> capabilities, long contextLength) {
        public Facts {
            capabilities = List.copyOf(capabilities);
        }

        /** Reads the answer of {@code /api/show}: the context length is under the architecture's own name. */
        public static Facts ofShow(JsonNode show) {
            var capabilities = new ArrayList<String>();
            show.path("capabilities").forEach(capability -> capabilities.add(capability.asText()));
            long contextLength = 0;
            for (var entry : show.path("model_info").properties()) {
                if (entry.getKey().endsWith(".context_length")) {
                    contextLength = entry.getValue().asLong();
                }
            }
            return new Facts(capabilities, contextLength);
        }
    }
}
