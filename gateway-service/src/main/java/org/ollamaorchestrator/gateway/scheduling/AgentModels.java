package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/**
 * The models of one agent: which are in memory, as its reports and our own loads tell; which are being loaded; and what
 * was seen of how many fit.
 */
final class AgentModels {

    /** A report can be older than the load that ended just before it came. */
    private static final Duration REPORTS_LAG = Duration.ofSeconds(3);

    /** How long a model that could not be loaded is rather loaded elsewhere. */
    private static final Duration FAILED_LOAD_COUNTS = Duration.ofMinutes(1);

    /** A model that we know to be in memory, since when, and for which context, if anybody insisted on one. */
    private record Warm(OptionalInt contextLength, Instant since) {}

    /** What was in memory when a load began, to see what it drove out. */
    private record Before(ModelName loading, Set<ModelName> models, long bytes) {}

    /** A load that has no end yet; {@code givenUp} once nobody counts on it any more. */
    private record Load(JobId job, boolean givenUp) {}

    private List<OllamaModel> told = List.of();
    private AgentProfile.@Nullable Offer offer;

    /** What the last report told to be in memory, with its context length. */
    private final Map<ModelName, Integer> loaded = new HashMap<>();

    private final Map<ModelName, Long> sizes = new HashMap<>();
    private final Map<ModelName, Warm> warm = new HashMap<>();
    private final Map<ModelName, Load> loads = new LinkedHashMap<>();
    private final Map<ModelName, Instant> failedLoads = new HashMap<>();
    private @Nullable Before before;

    /** This many bytes of models were seen not to fit. */
    private long bytesTooMany = Long.MAX_VALUE;

    /** @param inUse models of running jobs: they are in memory, whatever a report says */
    void reported(AgentProfile profile, Set<ModelName> inUse, Instant now) {
        if (!profile.offer().equals(offer)) {
            offer = profile.offer();
            learnSizes(profile);
        }
        if (!profile.loaded().equals(told)) {
            told = profile.loaded();
            loaded.clear();
            told.forEach(model -> {
                loaded.put(model.name(), model.contextLength());
                sizes.put(model.name(), model.size());
            });
            learnWhatFits();
        }
        warm.entrySet()
                .removeIf(entry -> !loaded.containsKey(entry.getKey())
                        && !inUse.contains(entry.getKey())
                        && entry.getValue().since().plus(REPORTS_LAG).isBefore(now));
    }

    private void learnSizes(AgentProfile profile) {
        if (profile.offer() instanceof AgentProfile.Catalog catalog) {
            catalog.models().forEach(model -> sizes.put(model.name(), model.size()));
        }
    }

    private void learnWhatFits() {
        Before then = before;
        if (then == null || !loaded.containsKey(then.loading())) {
            return;
        }
        before = null;
        if (!loaded.keySet().containsAll(then.models())) {
            bytesTooMany = Math.min(bytesTooMany, then.bytes());
        }
    }

    boolean isWarm(ModelName model, OptionalInt contextLength) {
        if (loads.containsKey(model)) {
            return false;
        }
        Warm known = warm.get(model);
        if (known != null) {
            return known.contextLength().equals(contextLength);
        }
        Integer reported = loaded.get(model);
        return reported != null && (contextLength.isEmpty() || reported == contextLength.getAsInt());
    }

    /** It is in memory now: it was loaded, or answers. */
    void warmed(ModelName model, OptionalInt contextLength, Instant now) {
        warm.put(model, new Warm(contextLength, now));
        failedLoads.remove(model);
    }

    int inMemory() {
        var all = new HashSet<>(loaded.keySet());
        all.addAll(warm.keySet());
        return all.size();
    }

    void loading(ModelName model, JobId job) {
        loads.put(model, new Load(job, false));
        var there = new HashSet<>(loaded.keySet());
        there.remove(model);
        before = new Before(model, there, bytes(there) + size(model));
    }

    /** Nobody waits for it any more; but until its end is confirmed, the model is not loaded again. */
    void loadGivenUp(ModelName model) {
        loads.computeIfPresent(model, (name, load) -> new Load(load.job(), true));
    }

    void loadOver(ModelName model) {
        loads.remove(model);
    }

    void loadFailed(ModelName model, Instant now) {
        failedLoads.put(model, now);
        before = null;
    }

    boolean isLoading(ModelName model) {
        Load load = loads.get(model);
        return load != null && !load.givenUp();
    }

    /** Not while it is being loaded, or has yet to confirm that it stopped loading it. */
    boolean mayBeLoaded(ModelName model) {
        return !loads.containsKey(model);
    }

    Set<ModelName> loadsUnderWay() {
        if (loads.isEmpty()) {
            return Set.of();
        }
        return loads.entrySet().stream()
                .filter(each -> !each.getValue().givenUp())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    int loads() {
        return loads.size();
    }

    boolean failedLately(ModelName model, Instant now) {
        return Optional.ofNullable(failedLoads.get(model))
                .map(at -> now.isBefore(at.plus(FAILED_LOAD_COUNTS)))
                .orElse(false);
    }

    /** Whether a model can be loaded beside those that are at work, as far as was ever seen. */
    boolean fitsBeside(Set<ModelName> busy, ModelName model) {
        var others = new HashSet<>(busy);
        others.remove(model);
        return others.isEmpty() || bytes(others) + size(model) < bytesTooMany;
    }

    /** In bytes; 0 if nobody told. */
    long size(ModelName model) {
        return sizes.getOrDefault(model, 0L);
    }

    private long bytes(Set<ModelName> models) {
        return models.stream().mapToLong(this::size).sum();
    }
}
