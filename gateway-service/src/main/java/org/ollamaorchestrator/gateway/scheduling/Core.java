package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Answering;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Loading;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentChanged;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentDropped;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentHeld;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentJoined;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentLeft;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.ClientGone;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.Draining;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.FirstLine;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.JobEnded;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.RequestArrived;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.SlotFreed;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.Stalled;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.TimePassed;
import org.ollamaorchestrator.gateway.scheduling.Effect.CancelJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.EndRequest;
import org.ollamaorchestrator.gateway.scheduling.Effect.ResumeJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The scheduling of all jobs: a step from an event to its effects, with no clock, thread or socket inside. Here it is
 * decided what each event means; the queue, the fleet, the jobs and the dispatching have a class each. Tokens never pass
 * through it. For one thread only.
 *
 * <p>Promises: each request that arrived gets exactly one {@link EndRequest}; an agent never holds more jobs than slots;
 * a slot is taken until its agent confirmed, or is gone; nothing is tried again after its first line.
 *
 * <p>An event only changes what is known. Placing comes once, at the end of each step: so whatever comes back to the
 * queue in one step has its place there before anybody is served.
 */
final class Core {

    /** From this status on, an answer of Ollama's is not the request's fault. */
    private static final int SERVER_ERRORS = 500;

    /** How often those that wait are looked at again for what only time changes. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final SchedulingPolicy policy;
    private final Step step = new Step();
    private final Alarms alarms = new Alarms();
    private final FairQueue queue = new FairQueue();
    private final Fleet fleet;
    private final Requests requests;
    private final Jobs jobs;
    private final Dispatcher dispatcher;
    private Alarms.@Nullable Alarm lookAgain;
    private boolean draining;

    Core(SchedulingPolicy policy) {
        this.policy = policy;
        var estimates = new Estimates();
        fleet = new Fleet(step, alarms);
        requests = new Requests(step, policy, alarms, estimates, fleet, queue);
        jobs = new Jobs(step, policy, alarms, estimates, queue);
        dispatcher = new Dispatcher(step, policy, fleet, queue, requests, jobs, new Placement(estimates));
    }

    /** Takes one event and says what is to be done now, in order. */
    List<Effect> step(CoreEvent event, Instant at) {
        step.begin(at);
        switch (event) {
            case AgentJoined e -> joined(e);
            case AgentChanged e -> fleet.find(e.agent().id()).ifPresent(agent -> fleet.reported(agent, e));
            case AgentDropped e -> dropped(e);
            case AgentLeft e ->
                fleet.connectedOver(e.connection(), e.agent()).ifPresent(agent -> gone(agent, e.broke()));
            case AgentHeld e -> fleet.hold(e);
            case RequestArrived e -> arrived(e);
            case ClientGone e -> requests.find(e.request()).ifPresent(request -> stop(request, e.why()));
            case FirstLine e -> firstLine(e);
            case Stalled e -> stalled(e);
            case JobEnded e -> ended(e);
            case SlotFreed e -> slotFreed(e);
            case Draining e -> draining = e.on();
            case TimePassed e -> timePassed();
        }
        settle(event);
        return step.effects();
    }

    /** What follows from what is known now. */
    private void settle(CoreEvent event) {
        dispatcher.dispatch(!draining);
        if (draining) {
            requests.allWaiting()
                    .forEach(request ->
                            requests.end(request, request.lastFailure().orElseGet(JobFailure.GatewayDraining::new)));
        }
        if (event instanceof RequestArrived(RequestId id, var needs)) {
            requests.find(id).ifPresent(this::settled);
        }
        lookAgainWhileSomebodyWaits();
    }

    private void settled(Request arrived) {
        arrived.isOld();
        if (arrived.isWaiting() && !arrived.hasBegunLoad()) {
            requests.endIfTooMany(arrived);
        }
    }

    private void lookAgainWhileSomebodyWaits() {
        if (requests.waiting() == 0) {
            alarms.stop(lookAgain);
            lookAgain = null;
        } else if (lookAgain == null) {
            lookAgain = alarms.set(step.now().plus(LOOK_EVERY), new Alarms.LookAgain());
        }
    }

    /** When the core next wants a {@link TimePassed}; empty if nothing waits for the clock. */
    Optional<Instant> wakeAt() {
        return alarms.next();
    }

    FleetView view() {
        return new FleetView(fleet.agents().stream()
                .map(agent -> new FleetView.Agent(
                        agent.profile(),
                        agent.active(),
                        agent.models().loadsUnderWay(),
                        agent.health().isAside(step.now()),
                        agent.isHeld(),
                        agent.notUsedBecause()))
                .toList());
    }

    /** Who waits, in the order in which they would be served; and how many run. */
    QueueView queueView(Instant at) {
        return new QueueView(requests.inOrder(at), requests.size() - requests.waiting(), draining);
    }

    QueueFigures queueFigures(Instant at) {
        return new QueueFigures(requests.waiting(), requests.longestWait(at), requests.size() - requests.waiting());
    }

    Books books() {
        return Books.of(requests, fleet, jobs, queue, alarms);
    }

    // --- Agents ---

    private void joined(AgentJoined event) {
        AgentState agent = fleet.joined(event);
        for (Attempt attempt : jobs.of(agent)) {
            if (!event.resuming().contains(attempt.job())) {
                jobs.release(attempt);
                fail(attempt, new JobFailure.AgentLost(attempt.lineReceived()));
            }
        }
        event.resuming().forEach(job -> takeUp(job, agent));
    }

    /** Exactly one answer for each job that an agent still has. */
    private void takeUp(JobId job, AgentState agent) {
        Attempt attempt = jobs.find(job);
        if (attempt == null || attempt.agent() != agent) {
            step.effect(new CancelJob(job, agent.id()));
        } else if (attempt.state() == JobState.RELEASING) {
            jobs.tellToStop(attempt);
        } else {
            step.effect(new ResumeJob(job, agent.id()));
        }
    }

    private void dropped(AgentDropped event) {
        fleet.connectedOver(event.connection(), event.agent()).ifPresent(agent -> {
            if (!agent.hasJobs() || policy.resumeWindow().isZero()) {
                gone(agent, Optional.empty());
            } else {
                fleet.mayComeBack(agent, policy.resumeWindow());
            }
        });
    }

    private void gone(AgentState agent, Optional<String> broke) {
        fleet.remove(agent);
        for (Attempt attempt : jobs.of(agent)) {
            jobs.release(attempt);
            fail(
                    attempt,
                    broke.<JobFailure>map(JobFailure.ProtocolBroken::new)
                            .orElseGet(() -> new JobFailure.AgentLost(attempt.lineReceived())));
        }
    }

    // --- Requests ---

    private void arrived(RequestArrived event) {
        if (requests.find(event.request()).isPresent()
                || jobs.find(event.request().attempt(1)) != null) {
            throw new IllegalStateException("request " + event.request() + " arrived twice");
        }
        Request request = requests.arrived(event);
        if (draining) {
            requests.end(request, new JobFailure.GatewayDraining());
        } else {
            place(request);
        }
    }

    private void place(Request request) {
        if (request.needs().operation().takesSlot()) {
            requests.waits(request);
        } else {
            dispatcher.startWithoutSlot(request);
        }
    }

    /** Ends a request for a reason that is not its agent's. */
    private void stop(Request request, JobFailure why) {
        request.job().map(jobs::get).ifPresent(jobs::cancel);
        requests.end(request, why);
    }

    // --- Jobs ---

    private void firstLine(FirstLine event) {
        Attempt attempt = jobs.find(event.job());
        if (attempt != null
                && attempt.state() == JobState.PLACED
                && attempt.purpose() instanceof Answering(Request request, var expected, long bytesRead)) {
            jobs.firstLine(attempt, request, bytesRead);
        }
    }

    private void stalled(Stalled event) {
        Attempt attempt = jobs.find(event.job());
        if (attempt != null
                && attempt.state() == JobState.STREAMING
                && attempt.purpose() instanceof Answering answering) {
            agentFailed(attempt);
            stop(answering.request(), new JobFailure.Stalled());
        }
    }

    private void ended(JobEnded event) {
        Attempt attempt = jobs.find(event.job());
        if (attempt == null || !attempt.agent().id().equals(event.by())) {
            return;
        }
        if (event.slotFree()) {
            jobs.release(attempt);
        } else {
            jobs.releasing(attempt);
        }
        switch (event.end()) {
            case JobEnd.Completed completed -> complete(attempt);
            case JobEnd.Failed(JobFailure failure) -> fail(attempt, failure);
        }
    }

    private void slotFreed(SlotFreed event) {
        Attempt attempt = jobs.find(event.job());
        if (attempt != null
                && attempt.state() == JobState.RELEASING
                && attempt.agent().id().equals(event.by())) {
            jobs.release(attempt);
        }
    }

    private void complete(Attempt attempt) {
        if (attempt.isDone()) {
            return;
        }
        attempt.done();
        jobs.learnFrom(attempt);
        AgentState agent = attempt.agent();
        agent.health().succeeded();
        switch (attempt.purpose()) {
            case Answering answering -> requests.end(answering.request(), new JobEnd.Completed());
            case Loading loading -> {
                agent.models().warmed(loading.model(), loading.contextLength(), step.now());
                dispatcher.serveFirst(loading.model(), agent);
            }
        }
    }

    /** A job ended without a whole answer; its slot is not our concern here. */
    private void fail(Attempt attempt, JobFailure failure) {
        if (attempt.isDone()) {
            return;
        }
        attempt.done();
        switch (attempt.purpose()) {
            case Answering answering -> requestFailed(answering.request(), attempt, failure);
            case Loading loading -> loadFailed(loading, attempt, failure);
        }
    }

    private void requestFailed(Request request, Attempt attempt, JobFailure failure) {
        request.jobFailed(failure);
        if (attempt.lineReceived() || !failure.retryable()) {
            requests.end(request, failure);
        } else if (failure instanceof JobFailure.AgentRefused) {
            attempt.agent().saidFull(step.now());
            putBack(request, attempt.agent(), failure);
        } else {
            agentFailed(attempt);
            tryElsewhere(request, attempt.agent(), failure);
        }
    }

    /** An agent that refuses a job has not failed: it knows its slots better than we do. */
    private void putBack(Request request, AgentState agent, JobFailure refusal) {
        if (request.needs().operation().takesSlot()) {
            requests.waits(request);
        } else {
            // What takes no slot cannot wait for one: the same agent would be asked again at once.
            tryElsewhere(request, agent, refusal);
        }
    }

    private void tryElsewhere(Request request, AgentState agent, JobFailure failure) {
        request.failedOn(agent.id(), failure, step.now(), policy.waitMax());
        if (request.failures() > policy.replacementsMax()) {
            requests.end(request, failure);
        } else {
            place(request);
        }
    }

    private void agentFailed(Attempt attempt) {
        AgentState agent = attempt.agent();
        agent.health().failed(step.now(), jobs.streams(agent, attempt));
    }

    /** It costs only the request that it was begun for; the others that wait may have it tried again. */
    private void loadFailed(Loading loading, Attempt attempt, JobFailure failure) {
        if (failure instanceof JobFailure.AgentRefused) {
            attempt.agent().saidFull(step.now());
            return;
        }
        Optional<Request> waiting = requests.find(loading.sponsor()).filter(Request::isWaiting);
        if (failure instanceof JobFailure.OllamaAnswered(int status, var contentType, var body)
                && status < SERVER_ERRORS) {
            // Its own words for such a request are the client's to see, not those for a load.
            waiting.ifPresent(requests::goesUnloaded);
            return;
        }
        attempt.agent().models().loadFailed(loading.model(), step.now());
        if (failure.retryable()) {
            agentFailed(attempt);
        }
        waiting.ifPresent(sponsor -> {
            requests.waitsNoMore(sponsor);
            if (failure.retryable()) {
                tryElsewhere(sponsor, attempt.agent(), failure);
            } else {
                requests.end(sponsor, failure);
            }
        });
    }

    // --- Time ---

    private void timePassed() {
        for (Optional<Alarms.Due> due = alarms.due(step.now()); due.isPresent(); due = alarms.due(step.now())) {
            switch (due.get()) {
                case Alarms.ConfirmBy(JobId job) -> jobs.get(job).agent().lostTrackOf();
                case Alarms.FirstLineBy(JobId job) -> firstLineOverdue(jobs.get(job));
                case Alarms.LoadedBy(JobId job) -> loadOverdue(jobs.get(job), "the model was not loaded in time");
                case Alarms.WaitOver(RequestId request) -> waitOver(requests.get(request));
                case Alarms.DeadlineOver(RequestId request) ->
                    stop(requests.get(request), new JobFailure.DeadlinePassed());
                case Alarms.OllamaAway(var agent) -> fleet.find(agent).ifPresent(this::ollamaAway);
                case Alarms.NotBackYet(var agent) -> fleet.find(agent).ifPresent(this::moveWhatHasNoLine);
                case Alarms.ResumeWindowOver(var agent) ->
                    fleet.find(agent).ifPresent(state -> gone(state, Optional.empty()));
                case Alarms.LookAgain look -> lookAgain = null;
            }
        }
    }

    /** A hanging host loses its job to another; if there is no other, it has as long as a stalled stream has. */
    private void firstLineOverdue(Attempt attempt) {
        if (!(attempt.purpose() instanceof Answering answering)) {
            return;
        }
        if (dispatcher.othersCanTake(answering.request(), attempt.agent())) {
            move(attempt, answering.request(), new JobFailure.OllamaUnreachable("no first line within its time"));
            return;
        }
        Instant last = attempt.since()
                        .plus(policy.stalledMax())
                        .isAfter(attempt.since().plus(policy.firstLineLeast()))
                ? attempt.since().plus(policy.stalledMax())
                : attempt.since().plus(policy.firstLineLeast());
        if (step.now().isBefore(last)) {
            attempt.alarm = alarms.set(last, new Alarms.FirstLineBy(attempt.job()));
        } else {
            agentFailed(attempt);
            stop(answering.request(), new JobFailure.Stalled());
        }
    }

    private void loadOverdue(Attempt attempt, String why) {
        fail(attempt, new JobFailure.OllamaUnreachable(why));
        jobs.cancel(attempt);
    }

    private void ollamaAway(AgentState agent) {
        agent.ollamaBack = null;
        JobFailure failure = new JobFailure.OllamaUnreachable("it does not answer");
        for (Attempt attempt : jobs.of(agent)) {
            if (attempt.state() != JobState.PLACED) {
                continue;
            }
            switch (attempt.purpose()) {
                case Loading loading -> loadOverdue(attempt, "it does not answer");
                case Answering answering -> {
                    if (dispatcher.othersCanTake(answering.request(), agent)) {
                        move(attempt, answering.request(), failure);
                    } else {
                        agentFailed(attempt);
                        stop(answering.request(), failure);
                    }
                }
            }
        }
    }

    /** It goes elsewhere, if it can; else it may still come back with its agent. */
    private void moveWhatHasNoLine(AgentState agent) {
        for (Attempt attempt : jobs.of(agent)) {
            if (attempt.state() == JobState.PLACED
                    && attempt.purpose() instanceof Answering answering
                    && dispatcher.othersCanTake(answering.request(), agent)) {
                move(attempt, answering.request(), new JobFailure.AgentLost(false));
            }
        }
    }

    private void move(Attempt attempt, Request request, JobFailure failure) {
        agentFailed(attempt);
        jobs.cancel(attempt);
        request.jobFailed(failure);
        tryElsewhere(request, attempt.agent(), failure);
    }

    /** The time that a model takes to load is not held against the queue. */
    private void waitOver(Request request) {
        if (fleet.isLoading(request.model())) {
            requests.waitsLonger(request, LOOK_EVERY);
        } else {
            requests.end(
                    request, new JobFailure.WaitedTooLong(requests.expectedWait(request.model(), requests.waiting())));
        }
    }
}
