package org.ollamaorchestrator.gateway.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.Effect;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.StepObserver;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * Counts what the scheduling core is told and what it decides: placements, loads, resumes, cancels, and how agents come and
 * go. All of it happens on the core's loop, a few times for a request and never for a token.
 */
@Singleton
final class CoreMetrics implements StepObserver {

    /** Why a request went to an agent when it did. */
    enum Placed {
        /** In the step of its arrival: a slot was free, and the model in memory. */
        AT_ONCE,
        /** After it had waited for a slot. */
        QUEUED,
        /** When a load of its model had ended. */
        LOADED,
        /** Once more, after a failure before its first line. */
        AGAIN
    }

    /** How a job can fail that is tried again, so that each is told from the start. */
    private static final List<Class<? extends JobFailure>> RETRIED = List.of(
            JobFailure.AgentLost.class,
            JobFailure.AgentRefused.class,
            JobFailure.OllamaAnswered.class,
            JobFailure.OllamaUnreachable.class);

    private record Cancelled(AgentId agent, long sinceNanos) {}

    private record Load(JobId job, AgentId agent, ModelName model, long sinceNanos) {}

    private final KnownNames names;
    private final MeterProvider<Counter> placements;
    private final MeterProvider<Counter> retries;
    private final MeterProvider<Timer> loads;
    private final Counter resumes;
    private final Timer cancels;
    private final MeterProvider<Counter> agentJobs;
    private final MeterProvider<Counter> joins;
    private final MeterProvider<Counter> disconnects;

    private final Latest<JobId, Cancelled> cancelled = new Latest<>();
    private final Latest<JobId, Load> loading = new Latest<>();
    private final Latest<RequestId, ModelName> models = new Latest<>();
    private final Latest<AgentId, String> agents = new Latest<>();

    CoreMetrics(MeterRegistry registry, KnownNames names) {
        this.names = names;
        placements = Counter.builder(GatewayMetrics.PLACEMENTS)
                .description("Requests that were given to an agent, and why then")
                .withRegistry(registry);
        for (Placed reason : Placed.values()) {
            var _ = placements.withTag(GatewayMetrics.REASON, word(reason));
        }
        retries = Counter.builder(GatewayMetrics.RETRIES)
                .description("Jobs that were given to an agent once more, and how the one before failed")
                .withRegistry(registry);
        for (Class<? extends JobFailure> failure : RETRIED) {
            var _ = retries.withTag(GatewayMetrics.REASON, word(failure));
        }
        loads = Timer.builder(GatewayMetrics.LOADS)
                .description("Models that were loaded for whoever waited for them")
                .serviceLevelObjectives(GatewayMetrics.durationBounds())
                .withRegistry(registry);
        resumes = Counter.builder(GatewayMetrics.RESUMES)
                .description("Jobs that went on over a new connection of their agent")
                .register(registry);
        cancels = Timer.builder(GatewayMetrics.CANCELS)
                .description("From telling an agent to stop a job until it confirmed that the slot is free")
                .serviceLevelObjectives(GatewayMetrics.durationBounds())
                .register(registry);
        agentJobs = Counter.builder(GatewayMetrics.AGENT_JOBS)
                .description("Jobs that ended on an agent, loads included, and how")
                .withRegistry(registry);
        joins = Counter.builder(GatewayMetrics.AGENT_JOINS)
                .description("Registrations of an agent, anew or again")
                .withRegistry(registry);
        disconnects = Counter.builder(GatewayMetrics.AGENT_DISCONNECTS)
                .description("Connections of an agent that ended")
                .withRegistry(registry);
    }

    @Override
    public void stepped(CoreEvent event, List<Effect> effects) {
        boolean loaded = event instanceof CoreEvent.JobEnded ended && loading.get(ended.job()) != null;
        told(event);
        effects.forEach(effect -> done(effect, event, loaded));
    }

    private void told(CoreEvent event) {
        switch (event) {
            case CoreEvent.AgentJoined joined -> joined(joined);
            case CoreEvent.AgentChanged changed -> names.learn(changed.agent());
            case CoreEvent.AgentDropped dropped -> disconnected(dropped.agent());
            case CoreEvent.AgentLeft left -> disconnected(left.agent());
            case CoreEvent.RequestArrived arrived ->
                models.put(arrived.request(), arrived.needs().model());
            case CoreEvent.JobEnded ended -> ended(ended);
            case CoreEvent.SlotFreed freed -> slotFree(freed.by(), freed.job());
            case CoreEvent.ClientGone gone -> {}
            case CoreEvent.FirstLine line -> {}
            case CoreEvent.Stalled stalled -> {}
            case CoreEvent.AgentHeld held -> {}
            case CoreEvent.Draining draining -> {}
            case CoreEvent.TimePassed passed -> {}
        }
    }

    private void joined(CoreEvent.AgentJoined event) {
        AgentProfile agent = event.agent();
        names.learn(agent);
        agents.put(agent.id(), names.agent(agent.name()));
        joins.withTag(GatewayMetrics.AGENT, label(agent.id())).increment();
        loading.removeIf(
                load -> load.agent().equals(agent.id()) && !event.resuming().contains(load.job()));
    }

    /** Whether what it was told to stop has stopped, nobody will say any more. */
    private void disconnected(AgentId agent) {
        disconnects.withTag(GatewayMetrics.AGENT, label(agent)).increment();
        cancelled.removeIf(cancel -> cancel.agent().equals(agent));
    }

    private void ended(CoreEvent.JobEnded event) {
        String end = end(event.end());
        agentJobs
                .withTags(GatewayMetrics.AGENT, label(event.by()), GatewayMetrics.END, end)
                .increment();
        Load load = loading.remove(event.job());
        if (load != null) {
            loads.withTags(GatewayMetrics.MODEL, names.model(load.model()), GatewayMetrics.END, end)
                    .record(since(load.sinceNanos()));
        }
        if (event.slotFree()) {
            slotFree(event.by(), event.job());
        }
    }

    private void slotFree(AgentId by, JobId job) {
        Cancelled cancel = cancelled.get(job);
        if (cancel != null && cancel.agent().equals(by)) {
            cancels.record(since(cancel.sinceNanos()));
            cancelled.remove(job);
        }
    }

    private void done(Effect effect, CoreEvent because, boolean loaded) {
        switch (effect) {
            case Effect.StartJob start -> placed(start, because, loaded);
            case Effect.StartLoad load -> begun(load);
            case Effect.ResumeJob resume -> resumes.increment();
            case Effect.CancelJob cancel ->
                cancelled.put(cancel.job(), new Cancelled(cancel.agent(), System.nanoTime()));
            case Effect.EndRequest end -> models.remove(end.request());
        }
    }

    private void placed(Effect.StartJob start, CoreEvent because, boolean loaded) {
        placements
                .withTag(GatewayMetrics.REASON, word(reason(start, because, loaded)))
                .increment();
        start.after()
                .ifPresent(failure -> retries.withTag(GatewayMetrics.REASON, word(failure.getClass()))
                        .increment());
    }

    private void begun(Effect.StartLoad load) {
        ModelName model = models.get(load.sponsor());
        if (model != null) {
            loading.put(load.job(), new Load(load.job(), load.agent(), model, System.nanoTime()));
        }
    }

    private static Placed reason(Effect.StartJob start, CoreEvent because, boolean loaded) {
        if (start.after().isPresent()) {
            return Placed.AGAIN;
        }
        if (because instanceof CoreEvent.RequestArrived arrived
                && arrived.request().equals(start.request())) {
            return Placed.AT_ONCE;
        }
        return loaded ? Placed.LOADED : Placed.QUEUED;
    }

    private String label(AgentId id) {
        String name = agents.get(id);
        return name == null ? KnownNames.OTHER : name;
    }

    private static String end(JobEnd end) {
        return switch (end) {
            case JobEnd.Completed completed -> Ledger.Entry.DONE;
            case JobEnd.Failed(JobFailure failure) -> word(failure.getClass());
        };
    }

    private static String word(Placed reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static String word(Class<? extends JobFailure> failure) {
        return GatewayMetrics.word(failure.getSimpleName());
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }
}
