package org.ollamaorchestrator.simulator;

import java.time.Duration;
import java.util.List;

/**
 * A model that the simulator pretends to have.
 *
 * @param name with its tag, as {@code /api/tags} lists it; {@code latest} is added where the tag is missing
 * @param capabilities in Ollama's words: completion, tools, thinking, vision, embedding, insert
 * @param size bytes on disk
 * @param contextLength the longest context; a greater {@code num_ctx} is clamped to it
 * @param embeddingLength numbers in one embedding
 * @param loadTime how long a cold load takes where the script does not say
 */
public record SimulatedModel(
        String name,
        List<String> capabilities,
        long size,
        int contextLength,
        int embeddingLength,
        String family,
        String parameterSize,
        String quantization,
        Duration loadTime) {

    public SimulatedModel {
        if (!ModelNames.valid(name)) {
            throw new IllegalArgumentException("not a model name: '" + name + "'");
        }
        name = ModelNames.tagged(name);
        capabilities = List.copyOf(capabilities);
    }

    /**
     * A small model that can do what most clients ask for. One with {@code embed} in its name embeds and does nothing
     * else, as Ollama's embedding models do.
     */
    public static SimulatedModel named(String name) {
        List<String> capabilities =
                name.contains("embed") ? List.of("embedding") : List.of("completion", "tools", "thinking");
        return new SimulatedModel(
                name, capabilities, 2_019_393_189L, 131_072, 64, "llama", "3.2B", "Q4_K_M", Duration.ZERO);
    }

    /** The same model under another name. */
    public SimulatedModel withName(String other) {
        return new SimulatedModel(
                other,
                capabilities,
                size,
                contextLength,
                embeddingLength,
                family,
                parameterSize,
                quantization,
                loadTime);
    }

    /** The same model with exactly these capabilities. */
    public SimulatedModel withCapabilities(String... names) {
        return new SimulatedModel(
                name,
                List.of(names),
                size,
                contextLength,
                embeddingLength,
                family,
                parameterSize,
                quantization,
                loadTime);
    }

    /** The same model with this load time. */
    public SimulatedModel withLoadTime(Duration time) {
        return new SimulatedModel(
                name, capabilities, size, contextLength, embeddingLength, family, parameterSize, quantization, time);
    }

    /** The same model with this size on disk. */
    public SimulatedModel withSize(long bytes) {
        return new SimulatedModel(
                name,
                capabilities,
                bytes,
                contextLength,
                embeddingLength,
                family,
                parameterSize,
                quantization,
                loadTime);
    }

    /** The same model with this longest context. */
    public SimulatedModel withContextLength(int tokens) {
        return new SimulatedModel(
                name, capabilities, size, tokens, embeddingLength, family, parameterSize, quantization, loadTime);
    }

    boolean can(String capability) {
        return capabilities.contains(capability);
    }
}
