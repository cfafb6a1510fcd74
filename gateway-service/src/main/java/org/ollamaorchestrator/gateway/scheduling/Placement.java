package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
     * @param agents all of them
     * @param keptFree agents that take nothing new, because somebody waits until they are empty
     * @param waiting how many wait for the same model, with this one
     */
    Choice choose(
            Collection<AgentState> agents,
            Set<AgentState> keptFree,
            Request request,
            int waiting,
            Running running,
            Instant now) {
        List<AgentState> able = able(agents, request);
        if (able.isEmpty()) {
            return new Nowhere(request.lastFailure().orElseGet(() -> nobodyFor(agents, request)));
        }
        List<AgentState> left = able.stream()
                .filter(agent -> !request.failedOn().contains(agent.id()))
                .toList();
        List<AgentState> usable = notAside(
                left.stream().filter(agent -> agent.notUsedBecause().isEmpty()).toList(), now);
        if (usable.isEmpty()) {
            boolean oneMayComeBack =
                    left.stream().anyMatch(agent -> request.isNew() ? !agent.isConnected() : agent.mayComeBack());
            return oneMayComeBack
                    ? new Wait()
                    : new Nowhere(request.lastFailure().orElseGet(() -> whyUnused(able)));
        }
        return among(usable, keptFree, request, waiting, running, now);
    }

    /** What is known of the jobs that run. */
    interface Running {

        /** @return how long until the agent has a free slot and the model in memory, probably */
        Duration untilReady(AgentState agent, ModelName model);
    }

    /** Whether a request can go to the agent as it is: it may, and nothing has to be loaded for it. */
    boolean fitsNow(AgentState agent, Request request, Instant now) {
        return mayTake(agent, request) && agent.hasFreeSlot(now) && isWarm(agent, request);
    }

    /** Whether the agent could take the request, now or when it has a slot. */
    boolean mayTake(AgentState agent, Request request) {
        return agent.notUsedBecause().isEmpty() && !request.failedOn().contains(agent.id()) && isAble(agent, request);
    }

    /** Any agent for what takes no slot. */
    Choice withoutSlot(Collection<AgentState> agents, Request request) {
        List<AgentState> able = able(agents, request);
        if (able.isEmpty()) {
            return new Nowhere(nobodyFor(agents, request));
        }
        return able.stream()
                .filter(agent -> agent.notUsedBecause().isEmpty())
                .filter(agent -> !request.failedOn().contains(agent.id()))
                .min(Comparator.comparingInt(AgentState::active))
                .<Choice>map(On::new)
                .orElseGet(() -> new Nowhere(request.lastFailure().orElseGet(() -> whyUnused(able))));
    }

    private Choice among(
            List<AgentState> usable,
            Set<AgentState> keptFree,
            Request request,
            int waiting,
            Running running,
            Instant now) {
        List<AgentState> free = usable.stream()
                .filter(agent -> agent.hasFreeSlot(now) && !keptFree.contains(agent))
                .toList();
        Optional<AgentState> warm = free.stream()
                .filter(agent -> isWarm(agent, request))
                .min(Comparator.<AgentState, Boolean>comparing(agent -> !hasInMemory(agent, request))
                        .thenComparingLong(agent -> alike(prefill(agent, request)))
                        .thenComparingInt(AgentState::active)
                        .thenComparing(AgentState::idleSince));
        if (warm.isPresent()) {
            return new On(warm.get());
        }
        Optional<AgentState> cold = request.usesModel()
                ? free.stream()
                        .filter(agent -> canLoad(agent, request))
                        .min(Comparator.<AgentState>comparingLong(agent -> alike(load(agent, request, now)))
                                .thenComparingInt(agent -> agent.models().inMemory())
                                .thenComparingInt(AgentState::active)
                                .thenComparing(AgentState::idleSince))
                : Optional.empty();
        Optional<Duration> byWaiting = byWaiting(usable, request, waiting, running);
        if (cold.isEmpty()) {
            return byWaiting.isPresent() ? new Wait() : onceEmpty(usable, request);
        }
        Duration byLoading = load(cold.get(), request, now);
        return byWaiting.isEmpty() || byLoading.compareTo(byWaiting.get()) < 0 ? new LoadOn(cold.get()) : new Wait();
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
            if (loading || isWarm(agent, request)) {
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

    private static boolean isWarm(AgentState agent, Request request) {
        return !agent.knowsLoads() || !request.usesModel() || hasInMemory(agent, request);
    }

    private static boolean hasInMemory(AgentState agent, Request request) {
        return agent.models().isWarm(request.model(), request.needs().contextLength());
    }

    private static boolean canLoad(AgentState agent, Request request) {
        ModelName model = request.model();
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

    /** Those that have the model and know how to take such a request. */
    private static List<AgentState> able(Collection<AgentState> agents, Request request) {
        return agents.stream().filter(agent -> isAble(agent, request)).toList();
    }

    private static boolean isAble(AgentState agent, Request request) {
        return agent.profile().offer().includes(request.model())
                && (request.needs().version2Because().isEmpty()
                        || agent.profile().protocol() >= ProtocolVersion.TUNNEL)
                && agent.profile().allows(request.needs().operation());
    }

    private static JobFailure nobodyFor(Collection<AgentState> agents, Request request) {
        if (agents.isEmpty()) {
            return new JobFailure.NoAgent();
        }
        Operation operation = request.needs().operation();
        List<AgentState> having = agents.stream()
                .filter(agent -> agent.profile().offer().includes(request.model()))
                .toList();
        if (having.isEmpty()) {
            return new JobFailure.NoSuchModel(request.model());
        }
        return having.stream().anyMatch(agent -> agent.profile().allows(operation))
                ? new JobFailure.NotForVersion1(
                        request.needs().version2Because().orElseThrow())
                : new JobFailure.NotAllowed(operation);
    }

    private static JobFailure whyUnused(List<AgentState> able) {
        boolean ollamaIsAway = able.stream().allMatch(agent -> agent.profile().ollama() == OllamaState.DOWN);
        return ollamaIsAway ? new JobFailure.OllamaUnreachable("it does not answer") : new JobFailure.NoAgent();
    }

    /** Those that failed lately only if there is nobody else: they are put behind, not out. */
    private static List<AgentState> notAside(List<AgentState> usable, Instant now) {
        List<AgentState> good =
                usable.stream().filter(agent -> !agent.health().isAside(now)).toList();
        return good.isEmpty() ? usable : good;
    }
}
