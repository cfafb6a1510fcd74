package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Answering;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Loading;
import org.ollamaorchestrator.gateway.scheduling.Effect.CancelJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.StartJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.StartLoad;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * The jobs that agents have. A slot is taken here with each job's start, and given back once: when its agent has
 * confirmed the end, or is gone.
 */
final class Jobs {

    /** A cancelled job whose agent has not confirmed by then makes the agent unresponsive (docs/protocol.md). */
    static final Duration CONFIRM_WITHIN = Duration.ofSeconds(10);

    /** Estimates are wrong by less than this, mostly. */
    private static final int DOUBT = 4;

    private final Step step;
    private final SchedulingPolicy policy;
    private final Alarms alarms;
    private final Estimates estimates;
    private final FairQueue queue;
    private final Map<JobId, Attempt> attempts = new LinkedHashMap<>();

    Jobs(Step step, SchedulingPolicy policy, Alarms alarms, Estimates estimates, FairQueue queue) {
        this.step = step;
        this.policy = policy;
        this.alarms = alarms;
        this.estimates = estimates;
        this.queue = queue;
    }

    @Nullable Attempt find(JobId job) {
        return attempts.get(job);
    }

    /** For what names a job that must be there, if our books are right. */
    Attempt get(JobId job) {
        Attempt attempt = attempts.get(job);
        if (attempt == null) {
            throw new IllegalStateException("the core has lost job " + job);
        }
        return attempt;
    }

    Collection<Attempt> all() {
        return attempts.values();
    }

    /** A copy, so that its jobs can end meanwhile. */
    List<Attempt> of(AgentState agent) {
        return running(agent).toList();
    }

    private Stream<Attempt> running(AgentState agent) {
        return agent.jobs().map(this::get);
    }

    boolean streams(AgentState agent, Attempt without) {
        return running(agent).anyMatch(each -> each != without && each.state() == JobState.STREAMING);
    }

    void start(Request request, AgentState agent) {
        JobId job = request.nextJob();
        Prompt prompt = request.needs().prompt();
        Duration expected = estimates.job(agent.id(), request.model());
        var answering = new Answering(
                request, expected, prompt.bytes() - agent.prefixes().held(prompt));
        if (request.needs().operation().takesSlot()) {
            queue.begin(request.needs().share(), expected);
            agent.take(job, request.model());
        } else {
            agent.takeWithoutSlot(job);
        }
        agent.prefixes().went(prompt);
        add(
                new Attempt(job, agent, answering, step.now()),
                firstLineWithin(request, agent),
                new Alarms.FirstLineBy(job));
        request.runsAs(job);
        Optional<Duration> left = request.deadlineAt().map(at -> Duration.between(step.now(), at));
        step.effect(new StartJob(request.id(), job, agent.id(), left, request.lastJobFailure()));
    }

    void load(Request sponsor, AgentState agent) {
        JobId job = sponsor.nextLoad();
        ModelName model = sponsor.model();
        Duration within = longest(policy.loadLeast(), loadTime(agent, model).multipliedBy(DOUBT));
        agent.models().loading(model, job);
        agent.take(job, model);
        var loading = new Loading(model, sponsor.id(), sponsor.needs().contextLength());
        add(new Attempt(job, agent, loading, step.now()), within, new Alarms.LoadedBy(job));
        step.effect(new StartLoad(job, agent.id(), sponsor.id()));
    }

    private void add(Attempt attempt, Duration within, Alarms.Due reminder) {
        attempt.alarm = alarms.set(step.now().plus(within), reminder);
        attempts.put(attempt.job(), attempt);
    }

    private Duration firstLineWithin(Request request, AgentState agent) {
        Duration reading = estimates.prefill(
                agent.id(), request.model(), request.needs().prompt().bytes());
        return longest(
                policy.firstLineLeast(),
                loadTime(agent, request.model()).plus(reading).multipliedBy(DOUBT));
    }

    private Duration loadTime(AgentState agent, ModelName model) {
        return estimates.load(agent.id(), model, agent.models().size(model));
    }

    void firstLine(Attempt attempt, Request request, long bytesRead) {
        alarms.stop(attempt.alarm);
        attempt.alarm = null;
        attempt.streams();
        AgentState agent = attempt.agent();
        agent.health().succeeded();
        estimates.firstLineTook(agent.id(), request.model(), bytesRead, attempt.took(step.now()));
        if (request.usesModel()) {
            agent.models().warmed(request.model(), request.needs().contextLength(), step.now());
        }
    }

    void learnFrom(Attempt completed) {
        AgentId agent = completed.agent().id();
        Duration took = completed.took(step.now());
        switch (completed.purpose()) {
            case Answering answering -> {
                if (answering.request().needs().operation().takesSlot()) {
                    estimates.jobTook(agent, completed.model(), took);
                }
            }
            case Loading loading -> estimates.loadTook(agent, completed.model(), took);
        }
    }

    /** Tells the agent to stop; nothing that it still says of the job means anything but that its slot is free. */
    void cancel(Attempt attempt) {
        attempt.done();
        releasing(attempt);
        if (attempt.purpose() instanceof Loading loading) {
            attempt.agent().models().loadGivenUp(loading.model());
        }
        tellToStop(attempt);
    }

    /** Version 1 knows no cancel: its agents confirm when the job has run to its end, however long that takes. */
    void tellToStop(Attempt attempt) {
        step.effect(new CancelJob(attempt.job(), attempt.agent().id()));
        if (attempt.agent().profile().protocol() >= ProtocolVersion.TUNNEL) {
            alarms.stop(attempt.alarm);
            attempt.alarm = alarms.set(step.now().plus(CONFIRM_WITHIN), new Alarms.ConfirmBy(attempt.job()));
        }
    }

    void releasing(Attempt attempt) {
        alarms.stop(attempt.alarm);
        attempt.alarm = null;
        attempt.releases();
    }

    void release(Attempt attempt) {
        alarms.stop(attempt.alarm);
        attempts.remove(attempt.job());
        attempt.agent().release(attempt.job(), step.now());
        switch (attempt.purpose()) {
            case Answering answering -> {
                if (answering.request().needs().operation().takesSlot()) {
                    queue.end(answering.request().needs().share(), answering.expected(), attempt.took(step.now()));
                }
            }
            case Loading loading -> attempt.agent().models().loadOver(loading.model());
        }
    }

    /** How long until the agent has a free slot and the model in memory, probably. */
    Duration untilReady(AgentState agent, ModelName model) {
        Duration untilFree = agent.hasFreeSlot(step.now())
                ? Duration.ZERO
                : running(agent)
                        .filter(Attempt::takesSlot)
                        .map(this::left)
                        .min(Duration::compareTo)
                        .orElse(Duration.ZERO);
        Duration untilLoaded = running(agent)
                .filter(attempt ->
                        attempt.purpose() instanceof Loading && attempt.model().equals(model))
                .map(this::left)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        return longest(untilFree, untilLoaded);
    }

    private Duration left(Attempt attempt) {
        Duration expected = switch (attempt.purpose()) {
            case Answering answering -> answering.expected();
            case Loading loading -> loadTime(attempt.agent(), loading.model());
        };
        Duration took = attempt.took(step.now());
        Duration left = expected.minus(took);
        return left.isNegative() ? took.dividedBy(DOUBT) : left;
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
