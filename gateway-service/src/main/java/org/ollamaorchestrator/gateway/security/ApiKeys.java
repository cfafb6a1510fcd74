package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.scheduling.Priority;

/**
 * The API keys that were given out, by the hashes of their secrets: those of the configuration and those that
 * administrators manage. Who asks sees one snapshot, whole and unchanging; a change puts another in its place.
 */
@Singleton
public class ApiKeys {

    private final Map<SecretHash, ApiKey> configured;
    private final Set<String> configuredNames;
    private volatile Snapshot now;
    private final String pepper;
    private final InstantSource clock;

    @Inject
    ApiKeys(GatewayConfig config) {
        this(configured(config), config.pepper().orElse(""), InstantSource.system());
    }

    /** @param pepper that the hashes were made with; empty for none */
    public ApiKeys(Map<SecretHash, ApiKey> keys, String pepper, InstantSource clock) {
        this.configured = Map.copyOf(keys);
        this.configuredNames = configured.values().stream().map(ApiKey::name).collect(Collectors.toUnmodifiableSet());
        this.now = new Snapshot(configured, configuredNames);
        this.pepper = pepper;
        this.clock = clock;
    }

    /**
     * What holds at one time.
     *
     * @param taken the names that were ever given out, those of revoked keys too
     */
    private record Snapshot(Map<SecretHash, ApiKey> keys, Set<ApiKey> valid, Set<String> taken) {
        Snapshot(Map<SecretHash, ApiKey> keys, Set<String> taken) {
            this(Map.copyOf(keys), Set.copyOf(keys.values()), Set.copyOf(taken));
        }
    }

    /** What a presented secret is worth. */
    public sealed interface Verdict {}

    public record Accepted(ApiKey key) implements Verdict {}

    /** It is nobody's key: made up, mistyped, or taken back. */
    public record Unknown() implements Verdict {}

    public record Expired(ApiKey key) implements Verdict {}

    /** Whether anybody has to prove who he is: once a key was given out, even if the last one is revoked. */
    public boolean areRequired() {
        return !now.taken().isEmpty();
    }

    /** Those of the configuration, which nobody can change at run time. */
    public List<ApiKey> ofConfiguration() {
        return configured.values().stream()
                .sorted(Comparator.comparing(ApiKey::name))
                .toList();
    }

    public boolean isOfConfiguration(String name) {
        return configuredNames.contains(name);
    }

    /** Whether a name is a key's, or was one's. */
    public boolean isTaken(String name) {
        return now.taken().contains(name);
    }

    /** Whether a key that was accepted is not revoked since. */
    public boolean isValid(ApiKey key) {
        return now.valid().contains(key);
    }

    public SecretHash hashOf(Secret secret) {
        return SecretHash.of(secret, pepper);
    }

    /**
     * From now on these keys hold besides those of the configuration, which win.
     *
     * @param names that were ever given out
     */
    public void manage(Map<SecretHash, ApiKey> managed, Collection<String> names) {
        var keys = new HashMap<SecretHash, ApiKey>();
        managed.forEach((hash, key) -> {
            if (!isOfConfiguration(key.name())) {
                keys.put(hash, key);
            }
        });
        keys.putAll(configured);
        var taken = new HashSet<String>(names);
        taken.addAll(configuredNames);
        now = new Snapshot(keys, taken);
    }

    public Verdict check(String presented) {
        Optional<ApiKey> known = Secret.of(Secret.Kind.API_KEY, presented)
                .map(secret -> now.keys().get(hashOf(secret)));
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
