package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model travels from or to the registry: {@code {"layers":[200,100],"steps":4,"stepMs":50,"error":"…","failAt":0.5}}.
 *
 * @param layers the bytes of each layer
 * @param steps into how many pieces of progress a layer is cut
 * @param stepMs how long each of them takes
 * @param error what Ollama says when it fails; null if it does not
 * @param failAt after which part of all steps it fails, from 0 to 1
 */
record Transfer(
        List<Long> layers,
        int steps,
        double stepMs,
        @Nullable String error,
        double failAt) {

    /** Two layers that are there at once. */
    static final Transfer STANDARD = new Transfer(List.of(2_000_000L, 500L), 4, 0, null, 0);

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** What a transfer's description may leave out. */
    private record Described(
            @Nullable List<Long> layers,
            @Nullable Integer steps,
            @Nullable Double stepMs,
            @Nullable String error,
            @Nullable Double failAt) {}

    Transfer {
        layers = List.copyOf(layers);
        if (steps < 1) {
            throw new IllegalArgumentException("steps is less than 1");
        }
        if (failAt < 0 || failAt > 1) {
            throw new IllegalArgumentException("failAt is not between 0 and 1");
        }
    }

    /** @throws IllegalArgumentException naming what is wrong */
    static Transfer parse(String json) {
        try {
            Described described = JSON.readValue(json, Described.class);
            return new Transfer(
                    described.layers() == null ? STANDARD.layers() : described.layers(),
                    described.steps() == null ? STANDARD.steps() : described.steps(),
                    described.stepMs() == null ? STANDARD.stepMs() : described.stepMs(),
                    described.error(),
                    described.failAt() == null ? STANDARD.failAt() : described.failAt());
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }
}
