package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.scheduling.Priority;

/** The API keys that the owner has given out, by the hashes of their secrets. */
@Singleton
public class ApiKeys {

    private final Map<SecretHash, ApiKey> keys;
    private final String pepper;
    private final InstantSource clock;

    @Inject
    ApiKeys(GatewayConfig config) {
        this(configured(config), config.pepper().orElse(""), InstantSource.system());
    }

    /** @param pepper that the hashes were made with; empty for none */
    public ApiKeys(Map<SecretHash, ApiKey> keys, String pepper, InstantSource clock) {
        this.keys = Map.copyOf(keys);
        this.pepper = pepper;
        this.clock = clock;
    }

    /** What a presented secret is worth. */
    public sealed interface Verdict {}

    public record Accepted(ApiKey key) implements Verdict {}

    /** It is nobody's key: made up, mistyped, or taken back. */
    public record Unknown() implements Verdict {}

    public record Expired(ApiKey key) implements Verdict {}

    /** Whether anybody has to prove who he is. */
    public boolean areRequired() {
        return !keys.isEmpty();
    }

    public List<ApiKey> all() {
        return List.copyOf(keys.values());
    }

    public Verdict check(String presented) {
        Optional<ApiKey> known =
                Secret.of(Secret.Kind.API_KEY, presented).map(secret -> keys.get(SecretHash.of(secret, pepper)));
        if (known.isEmpty()) {
            return new Unknown();
        }
        boolean over = known.get()
                .expires()
                .filter(at -> !clock.instant().isBefore(at))
                .isPresent();
        return over ? new Expired(known.get()) : new Accepted(known.get());
    }

    private static Map<SecretHash, ApiKey> configured(GatewayConfig config) {
        var keys = new HashMap<SecretHash, ApiKey>();
        config.keys().forEach((name, key) -> {
            SecretHash hash = hash("orchestrator.keys." + name + ".hash", key.hash());
            if (keys.put(hash, key(name, key)) != null) {
                throw new IllegalStateException("orchestrator.keys." + name + ".hash is another key's too");
            }
        });
        return keys;
    }

    static SecretHash hash(String where, String hex) {
        try {
            return new SecretHash(hex.strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(where + ": " + e.getMessage(), e);
        }
    }

    private static ApiKey key(String name, GatewayConfig.Key key) {
        return new ApiKey(
                name,
                key.admin(),
                key.models().orElse(List.of()),
                new ApiKey.Limits(key.requestsPerMinute(), key.tokensPerMinute(), key.concurrent(), key.tokensPerDay()),
                key.weight(),
                Priority.ofWireName(key.priority())
                        .orElseThrow(() -> new IllegalStateException(
                                "orchestrator.keys." + name + ".priority is not one of high, normal and low")),
                key.waitingMax(),
                key.expires());
    }
}
