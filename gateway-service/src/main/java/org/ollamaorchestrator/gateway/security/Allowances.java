package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What each key has used and may still use; a budget of a day outlives the gateway if there is a ledger. */
@Singleton
public class Allowances {

    private final InstantSource clock;

    /** One for each key that was used, so no more than keys were given out. */
    private final Map<String, Allowance> byKey = new ConcurrentHashMap<>();

    private volatile Used before = new Used(LocalDate.EPOCH, Map.of());

    @Inject
    Allowances() {
        this(InstantSource.system());
    }

    public Allowances(InstantSource clock) {
        this.clock = clock;
    }

    private record Used(LocalDate day, Map<String, Long> tokens) {}

    /** The day of UTC that it is. */
    public LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    /** What was used on a day before the gateway was started, by the keys' names; to be told before any key is used. */
    public void restore(LocalDate day, Map<String, Long> tokens) {
        before = new Used(day, Map.copyOf(tokens));
    }

    public Allowance of(ApiKey key) {
        return byKey.computeIfAbsent(
                key.name(),
                name -> new Allowance(
                        key.limits(), clock, before.day(), before.tokens().getOrDefault(name, 0L)));
    }
}
