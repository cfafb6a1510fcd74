package org.ollamaorchestrator.gateway.security;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * What the holder of one API key may do.
 *
 * @param name for people, logs and accounts; never the secret
 * @param admin whether it may make administrators' calls
 * @param models what it may use: names, where {@code *} at the end stands for anything; empty for all
 * @param expires from then on it is refused
 */
public record ApiKey(
        String name,
        boolean admin,
        List<String> models,
        Limits limits,
        int weight,
        Priority priority,
        int waitingMax,
        Optional<Instant> expires) {

    public ApiKey {
        models = List.copyOf(models);
    }

    /**
     * How much, in requests and tokens of prompts and answers; 0 for as much as one likes.
     *
     * @param concurrent requests without an end at the same time
     * @param tokensPerDay in each day of UTC
     */
    public record Limits(int requestsPerMinute, long tokensPerMinute, int concurrent, long tokensPerDay) {

        public static final Limits NONE = new Limits(0, 0, 0, 0);
    }

    public boolean mayUse(ModelName model) {
        return models.isEmpty() || models.stream().anyMatch(pattern -> matches(pattern, model));
    }

    private static boolean matches(String pattern, ModelName model) {
        return pattern.endsWith("*")
                ? model.canonical().startsWith(pattern.substring(0, pattern.length() - 1))
                : new ModelName(pattern).equals(model);
    }
}
