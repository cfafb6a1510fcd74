package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        this.now = new Snapshot(configured, Map.of());
        this.pepper = pepper;
        this.clock = clock;
    }

    /**
     * What holds at one time.
     *
     * @param taken the names that were ever given out, those of revoked keys too
     */
    private record Snapshot(
            Map<SecretHash, ApiKey> keys, Set<ApiKey> valid, Map<SecretHash, ApiKey> revoked, Set<String> taken) {

        Snapshot(Map<SecretHash, ApiKey> keys, Map<SecretHash, ApiKey> revoked) {
            this(
                    Map.copyOf(keys),
                    Set.copyOf(keys.values()),
                    Map.copyOf(revoked),
                    Stream.of(keys, revoked)
                            .flatMap(all -> all.values().stream())
                            .map(ApiKey::name)
                            .collect(Collectors.toUnmodifiableSet()));
        }
    }

    /** What a presented secret is worth. */
    public sealed interface Verdict {}

    public record Accepted(ApiKey key) implements Verdict {}

    /** It is nobody's key: made up, mistyped, or the old one of a key that was rotated. */
    public record Unknown() implements Verdict {}

    public record Revoked(ApiKey key) implements Verdict {}

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
     * @param revoked that were given out and taken back
     */
    public void manage(Map<SecretHash, ApiKey> managed, Map<SecretHash, ApiKey> revoked) {
        var keys = new HashMap<SecretHash, ApiKey>();
        managed.forEach((hash, key) -> {
            if (!isOfConfiguration(key.name())) {
                keys.put(hash, key);
            }
        });
        keys.putAll(configured);
        now = new Snapshot(keys, revoked);
    }

    public Verdict check(String presented) {
        return Secret.of(Secret.Kind.API_KEY, presented)
                .map(secret -> verdict(hashOf(secret)))
                .orElseGet(Unknown::new);
    }

    private Verdict verdict(SecretHash hash) {
        Snapshot snapshot = now;
        ApiKey key = snapshot.keys().get(hash);
        if (key == null) {
            ApiKey revoked = snapshot.revoked().get(hash);
            return revoked == null ? new Unknown() : new Revoked(revoked);
        }
        boolean over = key.expires().filter(at -> !clock.instant().isBefore(at)).isPresent();
        return over ? new Expired(key) : new Accepted(key);
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
