package org.ollamaorchestrator.gateway.security;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
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

    /** What {@link #isName} takes, in words. */
    public static final String NAMES =
            "1 to 64 letters, digits, dots, dashes or underscores, and not " + ApiKey.NOBODYS;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** Stands for everybody in the ledger while no key is needed. */
    private static final String NOBODYS = "anonymous";

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

    /** Whether a key that is given out at run time may be called so. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.equals(NOBODYS);
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
