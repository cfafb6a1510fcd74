package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.Alarms.Alarm;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/** One agent as the core sees it: what it told, which of its slots are taken, and how it fares. Owned by the core alone. */
final class AgentState {

    /** An agent that refused a job reports soon when it has a slot; if not, it is asked again after this. */
    private static final Duration FULL_FOR = Duration.ofSeconds(1);

    private final long number;
    private final Consumer<AgentState> whenChanged;
    private AgentProfile profile;
    private final Map<JobId, ModelName> slots = new LinkedHashMap<>();
    private final Set<JobId> withoutSlot = new LinkedHashSet<>();
    private final AgentModels models = new AgentModels();
    private final AgentHealth health = new AgentHealth();
    private final PrefixCache prefixes = new PrefixCache();
    private Instant idleSince;
    private Instant fullUntil = Instant.MIN;
    private String connection;
    private boolean connected = true;
    private boolean unresponsive;
    private boolean held;

    /** Whether it reports that its Ollama does not answer. */
    boolean ollamaAway;

    /** Runs while its Ollama has only just gone. */
    @Nullable Alarm ollamaBack;

    @Nullable Alarm notBackYet;

    @Nullable Alarm resumeWindow;

    /**
     * @param number in the order of joining
     * @param whenChanged told after a change of its profile, its connection or its slots
     */
    AgentState(long number, String connection, AgentProfile profile, Instant now, Consumer<AgentState> whenChanged) {
        this.number = number;
        this.whenChanged = whenChanged;
        this.connection = connection;
        this.profile = profile;
        this.idleSince = now;
        models.reported(profile, Set.of(), now);
    }

    long number() {
        return number;
    }

    AgentId id() {
        return profile.id();
    }

    AgentProfile profile() {
        return profile;
    }

    AgentModels models() {
        return models;
    }

    AgentHealth health() {
        return health;
    }

    PrefixCache prefixes() {
        return prefixes;
    }

    /** Whatever an agent reports shows that it is there again. */
    void reported(AgentProfile reported, Instant now) {
        profile = reported;
        unresponsive = false;
        fullUntil = Instant.MIN;
        models.reported(reported, busyModels(), now);
        whenChanged.accept(this);
    }

    void dropped() {
        connected = false;
        whenChanged.accept(this);
    }

    void cameBack(String over) {
        connection = over;
        connected = true;
        whenChanged.accept(this);
    }

    /** What waits for it may wait on: its connection or its Ollama has only just gone, or it owes us a report. */
    boolean mayComeBack() {
        return !connected || ollamaBack != null || unresponsive;
    }

    void hold(boolean on) {
        held = on;
        whenChanged.accept(this);
    }

    boolean isHeld() {
        return held;
    }

    boolean isConnectedOver(String over) {
        return connected && connection.equals(over);
    }

    boolean isConnected() {
        return connected;
    }

    void take(JobId job, ModelName model) {
        slots.put(job, model);
        whenChanged.accept(this);
    }

    void takeWithoutSlot(JobId job) {
        withoutSlot.add(job);
    }

    void release(JobId job, Instant now) {
        if (!withoutSlot.remove(job) && slots.remove(job) != null) {
            idleSince = now;
        }
        unresponsive = false;
        whenChanged.accept(this);
    }

    void lostTrackOf() {
        unresponsive = true;
        whenChanged.accept(this);
    }

    /** It said that its slots are taken, whatever we think. */
    void saidFull(Instant now) {
        fullUntil = now.plus(FULL_FOR);
    }

    /** Every job that it has, as far as we know. */
    Stream<JobId> jobs() {
        return Stream.concat(slots.keySet().stream(), withoutSlot.stream());
    }

    boolean hasJobs() {
        return !slots.isEmpty() || !withoutSlot.isEmpty();
    }

    int active() {
        return slots.size();
    }

    Set<ModelName> busyModels() {
        return new HashSet<>(slots.values());
    }

    Instant idleSince() {
        return idleSince;
    }

    /** By count alone; {@link #hasFreeSlot} asks as well what the agent said, and how it fares. */
    boolean hasSlotLeft() {
        return slots.size() < profile.slots();
    }

    boolean hasFreeSlot(Instant now) {
        return hasSlotLeft() && !(health.isOnProbation() && active() > 0) && !now.isBefore(fullUntil);
    }

    /**
     * Version 1 tells nothing of what is in memory, and cannot be asked to load; an owner may not let us ask. Then a job goes
     * as it is, and its Ollama loads for it.
     */
    boolean knowsLoads() {
        return profile.protocol() >= ProtocolVersion.TUNNEL && profile.allows(Operation.LOAD);
    }

    boolean isUsable() {
        return notUsedBecause().isEmpty();
    }

    /** Why no job may go there, whatever its model and slots; empty if one may. */
    Optional<String> notUsedBecause() {
        if (!connected) {
            return Optional.of("its connection dropped a moment ago");
        }
        if (unresponsive) {
            return Optional.of("it has not confirmed a cancel");
        }
        if (held) {
            return Optional.of("an operator drains it");
        }
        if (profile.draining()) {
            return Optional.of("it is draining");
        }
        if (profile.ollama() == OllamaState.DOWN) {
            return Optional.of("its Ollama does not answer");
        }
        return Optional.empty();
    }
}
