package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.ollamaorchestrator.gateway.scheduling.Request.Kind;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * Chooses an agent for a request by one cost: when will its first token come? That is the wait for a slot, plus the load
 * if the model is not in memory there, plus reading what of the prompt no cache holds. Pure, but for what it asks of.
 */
final class Placement {

    /** Costs that differ by less are alike: then the load of the agents decides. */
    private static final Duration ALIKE = Duration.ofMillis(250);

    /** What makes an agent on which the model could not be loaded a moment ago the last to be tried again. */
    private static final Duration FAILED_LOAD_COSTS = Duration.ofMinutes(1);

    private final Estimates estimates;

    Placement(Estimates estimates) {
        this.estimates = estimates;
    }

    sealed interface Choice {}

    /** The model is in memory there, and a slot is free. */
    record On(AgentState agent) implements Choice {}

    /** The model is to be loaded there first; the request waits on. */
    record LoadOn(AgentState agent) implements Choice {}

    /** Only this agent could load the model, and only beside nothing else: once its other jobs have ended. */
    record OnceEmpty(AgentState agent) implements Choice {}

    /** Waiting is better than anything that can be done now. */
    record Wait() implements Choice {}

    record Nowhere(JobFailure why) implements Choice {}

    /**
     * Whether a request of this kind can have anything but to wait on: an agent that offers its model has a free slot, or
     * none can be used. Nothing is weighed here, so that this can be asked of each kind at each step.
     */
    boolean mayDoMoreThanWait(Fleet fleet, Kind kind, Instant now) {
        Offering offering = fleet.offering(kind.model());
        return offering.withSlotLeft().stream().anyMatch(agent -> agent.hasFreeSlot(now))
                || offering.usable().stream().noneMatch(agent -> isAble(agent, kind));
    }

    /**
     * @param keptFree agents that take nothing new, because somebody waits until they are empty
     * @param waiting how many wait for the same model, with this one
     */
    Choice choose(Fleet fleet, Set<AgentState> keptFree, Request request, int waiting, Running running, Instant now) {
        return atOnce(fleet, keptFree, request, now)
                .orElseGet(() -> loadOrWait(fleet, keptFree, request, waiting, running, now));
    }

    /** What needs no weighing of a load against waiting: {@link On} or {@link Nowhere}; empty if it is neither. */
    Optional<Choice> atOnce(Fleet fleet, Set<AgentState> keptFree, Request request, Instant now) {
        Offering offering = fleet.offering(request.model());
        if (offering.usable().stream().noneMatch(agent -> isAble(agent, request.kind()))) {
            return Optional.of(nobodyNow(fleet, offering, request));
        }
        return free(offering, keptFree, request, now)
                .filter(agent -> isWarm(agent, request.kind()))
                .map(agent -> new Warm(agent, hasInMemory(agent, request.kind()), alike(prefill(agent, request))))
                .min(Warm.BEST)
                .map(best -> new On(best.agent()));
    }

    /** An agent that could begin at once, with what it would cost. */
    private record Warm(AgentState agent, boolean inMemory, long prefill) {

        static final Comparator<Warm> BEST = Comparator.<Warm, Boolean>comparing(warm -> !warm.inMemory())
                .thenComparingLong(Warm::prefill)
                .thenComparingInt(warm -> warm.agent().active())
                .thenComparing(warm -> warm.agent().idleSince());
    }

    /** An agent that could load the model now, with what that would cost. */
    private record Cold(AgentState agent, Duration load) {

        static final Comparator<Cold> BEST = Comparator.<Cold>comparingLong(cold -> alike(cold.load()))
                .thenComparingInt(cold -> cold.agent().models().inMemory())
                .thenComparingInt(cold -> cold.agent().active())
                .thenComparing(cold -> cold.agent().idleSince());
    }

    /** What is known of the jobs that run. */
    interface Running {

        /** @return how long until the agent has a free slot and the model in memory, probably */
        Duration untilReady(AgentState agent, ModelName model);
    }

    /** Whether such a request can go to the agent as it is: it may, and nothing has to be loaded for it. */
    boolean fitsNow(AgentState agent, Kind kind, Instant now) {
        return mayTake(agent, kind) && agent.hasFreeSlot(now) && isWarm(agent, kind);
    }

    /** Whether the agent could take such a request, now or when it has a slot. */
    boolean mayTake(AgentState agent, Kind kind) {
        return agent.isUsable() && agent.profile().offer().includes(kind.model()) && isAble(agent, kind);
    }

    /** Any agent for what takes no slot. */
    Choice withoutSlot(Fleet fleet, Request request) {
        Offering offering = fleet.offering(request.model());
        if (offering.all().stream().noneMatch(agent -> understands(agent, request.kind()))) {
            return new Nowhere(nobodyFor(fleet, offering, request));
        }
        return offering.usable().stream()
                .filter(agent -> isAble(agent, request.kind()))
                .min(Comparator.comparingInt(AgentState::active))
                .<Choice>map(On::new)
                .orElseGet(() -> new Nowhere(request.lastFailure().orElseGet(() -> whyUnused(offering, request))));
    }

    /** Those that were put aside only if there is nobody else: they are put behind, not out. */
    private static Predicate<AgentState> candidates(Offering offering, Request request, Instant now) {
        Predicate<AgentState> able = agent -> isAble(agent, request.kind());
        Predicate<AgentState> good = able.and(agent -> !agent.health().isAside(now));
        return offering.usable().stream().anyMatch(good) ? good : able;
    }

    private static Stream<AgentState> free(Offering offering, Set<AgentState> keptFree, Request request, Instant now) {
        return offering.withSlotLeft().stream()
                .filter(agent -> agent.hasFreeSlot(now) && !keptFree.contains(agent))
                .filter(candidates(offering, request, now));
    }

    private Choice loadOrWait(
            Fleet fleet, Set<AgentState> keptFree, Request request, int waiting, Running running, Instant now) {
        Offering offering = fleet.offering(request.model());
        Optional<Cold> cold = request.usesModel()
                ? free(offering, keptFree, request, now)
                        .filter(agent -> canLoad(agent, request.model()))
                        .map(agent -> new Cold(agent, load(agent, request, now)))
                        .min(Cold.BEST)
                : Optional.empty();
        List<AgentState> usable = offering.usable().stream()
                .filter(candidates(offering, request, now))
                .toList();
        Optional<Duration> byWaiting = byWaiting(usable, request, waiting, running);
        if (cold.isEmpty()) {
            return byWaiting.isPresent() ? new Wait() : onceEmpty(usable, request);
        }
        return byWaiting.isEmpty() || cold.get().load().compareTo(byWaiting.get()) < 0
                ? new LoadOn(cold.get().agent())
                : new Wait();
    }

    private static Choice onceEmpty(List<AgentState> usable, Request request) {
        ModelName model = request.model();
        return usable.stream()
                .filter(agent -> agent.knowsLoads() && request.usesModel())
                .filter(agent -> agent.models().mayBeLoaded(model))
                .filter(agent -> !agent.models().fitsBeside(agent.busyModels(), model))
                .min(Comparator.comparingInt(AgentState::active))
                .<Choice>map(OnceEmpty::new)
                .orElseGet(Wait::new);
    }

    /** When the last that waits would have its turn on the agents that have the model in memory, or will have. */
    private Optional<Duration> byWaiting(List<AgentState> usable, Request request, int waiting, Running running) {
        Duration soonest = null;
        int slots = 0;
        for (AgentState agent : usable) {
            boolean loading = agent.models().isLoading(request.model());
            if (loading || isWarm(agent, request.kind())) {
                Duration until = running.untilReady(agent, request.model());
                soonest = soonest == null || until.compareTo(soonest) < 0 ? until : soonest;
                slots += agent.profile().slots();
            }
        }
        if (soonest == null) {
            return Optional.empty();
        }
        Duration job = estimates.job(request.model());
        return Optional.of(
                soonest.plus(job.multipliedBy(Math.max(0, waiting - 1)).dividedBy(slots)));
    }

    private static boolean isWarm(AgentState agent, Kind kind) {
        return !agent.knowsLoads() || !kind.usesModel() || hasInMemory(agent, kind);
    }

    private static boolean hasInMemory(AgentState agent, Kind kind) {
        return agent.models().isWarm(kind.model(), kind.contextLength());
    }

    private static boolean canLoad(AgentState agent, ModelName model) {
        return agent.knowsLoads()
                && agent.models().mayBeLoaded(model)
                && agent.models().fitsBeside(agent.busyModels(), model);
    }

    private Duration prefill(AgentState agent, Request request) {
        Prompt prompt = request.needs().prompt();
        return estimates.prefill(
                agent.id(),
                request.model(),
                Math.max(0, prompt.bytes() - agent.prefixes().held(prompt)));
    }

    private Duration load(AgentState agent, Request request, Instant now) {
        ModelName model = request.model();
        Duration load = estimates.load(agent.id(), model, agent.models().size(model));
        return agent.models().failedLately(model, now) ? load.plus(FAILED_LOAD_COSTS) : load;
    }

    private static long alike(Duration cost) {
        return cost.dividedBy(ALIKE);
    }

    /** Of those that offer the model. */
    private static boolean isAble(AgentState agent, Kind kind) {
        return understands(agent, kind) && !kind.failedOn().contains(agent.id());
    }

    /** What is asked of it is of a version that it speaks, and allowed by its owner. */
    private static boolean understands(AgentState agent, Kind kind) {
        return (!kind.needsVersion2() || agent.profile().protocol() >= ProtocolVersion.TUNNEL)
                && agent.profile().allows(kind.operation());
    }

    /** It waits for those that may come back; if there are none, it hears why. */
    private static Choice nobodyNow(Fleet fleet, Offering offering, Request request) {
        boolean oneMayComeBack = offering.all().stream()
                .filter(agent -> isAble(agent, request.kind()))
                .anyMatch(agent -> request.isNew() ? !agent.isConnected() : agent.mayComeBack());
        if (oneMayComeBack) {
            return new Wait();
        }
        boolean oneUnderstands = offering.all().stream().anyMatch(agent -> understands(agent, request.kind()));
        return new Nowhere(request.lastFailure()
                .orElseGet(() -> oneUnderstands ? whyUnused(offering, request) : nobodyFor(fleet, offering, request)));
    }

    private static JobFailure nobodyFor(Fleet fleet, Offering offering, Request request) {
        if (fleet.agents().isEmpty()) {
            return new JobFailure.NoAgent();
        }
        if (offering.all().isEmpty()) {
            return new JobFailure.NoSuchModel(request.model());
        }
        Operation operation = request.needs().operation();
        return offering.all().stream().anyMatch(agent -> agent.profile().allows(operation))
                ? new JobFailure.NotForVersion1(
                        request.needs().version2Because().orElseThrow())
                : new JobFailure.NotAllowed(operation);
    }

    private static JobFailure whyUnused(Offering offering, Request request) {
        boolean ollamaIsAway = offering.all().stream()
                .filter(agent -> understands(agent, request.kind()))
                .allMatch(agent -> agent.profile().ollama() == OllamaState.DOWN);
        return ollamaIsAway ? new JobFailure.OllamaUnreachable("it does not answer") : new JobFailure.NoAgent();
    }
}
