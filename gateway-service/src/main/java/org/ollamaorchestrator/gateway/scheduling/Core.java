package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Answering;
import org.ollamaorchestrator.gateway.scheduling.Attempt.Loading;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentChanged;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentDropped;
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
import org.ollamaorchestrator.gateway.scheduling.Effect.StartJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.StartLoad;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * The scheduling of all jobs: a step from an event to its effects, with no clock, thread or socket inside. It owns the
 * queue, the slots, the loads and the one end of each request; tokens never pass through it. For one thread only.
 *
 * <p>Promises: each request that arrived gets exactly one {@link EndRequest}; an agent never holds more jobs than slots;
 * a slot is taken until its agent confirmed, or is gone; nothing is tried again after its first line.
 */
final class Core {

    /** A cancelled job whose agent has not confirmed by then makes the agent unresponsive (docs/protocol.md). */
    static final Duration CONFIRM_WITHIN = Duration.ofSeconds(10);

    /** How long an agent's Ollama may not answer before what waits for its first line goes elsewhere. */
    static final Duration OLLAMA_AWAY_MAX = Duration.ofSeconds(5);

    /** A dropped agent mostly comes back at once; after this, what has no line yet goes elsewhere. */
    static final Duration BACK_SOON = Duration.ofSeconds(2);

    /** How often those that wait are looked at again for what only time changes. */
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final Duration RETRY_AFTER_MAX = Duration.ofSeconds(60);

    /** Estimates are wrong by less than this, mostly. */
    private static final int DOUBT = 4;

    private final SchedulingPolicy policy;
    private final Estimates estimates = new Estimates();
    private final Placement placement = new Placement(estimates);
    private final FairQueue queue = new FairQueue();
    private final Alarms alarms = new Alarms();
    private final Map<AgentId, AgentState> agents = new LinkedHashMap<>();
    private final Map<RequestId, Request> requests = new HashMap<>();
    private final Map<JobId, Attempt> attempts = new HashMap<>();
    private Alarms.@Nullable Alarm lookAgain;
    private boolean draining;
    private long arrivals;

    // Of the step that is under way.
    private Instant now = Instant.MIN;
    private List<Effect> effects = new ArrayList<>();

    Core(SchedulingPolicy policy) {
        this.policy = policy;
    }

    /** Takes one event and says what is to be done now, in order. */
    List<Effect> step(CoreEvent event, Instant at) {
        now = at;
        effects = new ArrayList<>();
        switch (event) {
            case AgentJoined e -> joined(e);
            case AgentChanged e -> changed(e);
            case AgentDropped e -> dropped(e);
            case AgentLeft e -> left(e);
            case RequestArrived e -> arrived(e);
            case ClientGone e -> clientGone(e);
            case FirstLine e -> firstLine(e);
            case Stalled e -> stalled(e);
            case JobEnded e -> ended(e);
            case SlotFreed e -> slotFreed(e);
            case Draining e -> drain(e.on());
            case TimePassed e -> timePassed();
        }
        lookAgainWhileSomebodyWaits();
        return effects;
    }

    /** When the core next wants a {@link TimePassed}; empty if nothing waits for the clock. */
    Optional<Instant> wakeAt() {
        return alarms.next();
    }

    FleetView view() {
        return new FleetView(agents.values().stream()
                .map(agent -> new FleetView.Agent(
                        agent.profile(),
                        agent.active(),
                        agent.models().loadsUnderWay(),
                        agent.health().isAside(now),
                        agent.notUsedBecause()))
                .toList());
    }

    /** Who waits, in the order in which they would be served; and how many run. */
    QueueView queueView(Instant at) {
        var waiting = new ArrayList<QueueView.Waiting>();
        for (Request request : queue.inOrder(at)) {
            waiting.add(new QueueView.Waiting(
                    request.id(),
                    request.model(),
                    request.needs().share(),
                    waiting.size() + 1,
                    request.waited(at),
                    expectedWait(request.model(), waiting.size() + 1)));
        }
        return new QueueView(waiting, requests.size() - waiting.size(), draining);
    }

    // --- Agents ---

    private void joined(AgentJoined event) {
        AgentId id = event.agent().id();
        AgentState agent = agents.computeIfAbsent(id, key -> new AgentState(event.connection(), event.agent(), now));
        alarms.stop(agent.notBackYet);
        alarms.stop(agent.resumeWindow);
        agent.cameBack(event.connection());
        agent.reported(event.agent(), now);
        watchOllama(agent);
        agent.jobs().stream().filter(job -> !event.resuming().contains(job)).forEach(this::lost);
        event.resuming().forEach(job -> takeUp(job, agent));
        dispatch();
    }

    /** Exactly one answer for each job that an agent still has. */
    private void takeUp(JobId job, AgentState agent) {
        Attempt attempt = attempts.get(job);
        boolean wanted = attempt != null && attempt.agent().equals(agent.id()) && attempt.state() != JobState.RELEASING;
        effects.add(wanted ? new ResumeJob(job, agent.id()) : new CancelJob(job, agent.id()));
    }

    private void lost(JobId job) {
        Attempt attempt = known(job);
        release(attempt);
        fail(attempt, new JobFailure.AgentLost(attempt.lineReceived()));
    }

    private void changed(AgentChanged event) {
        AgentState agent = agents.get(event.agent().id());
        if (agent != null) {
            boolean ollamaWasAway = agent.profile().ollama() == OllamaState.DOWN;
            agent.reported(event.agent(), now);
            if (ollamaWasAway && agent.profile().ollama() == OllamaState.UP) {
                agent.health().succeeded();
            }
            watchOllama(agent);
            dispatch();
        }
    }

    private void watchOllama(AgentState agent) {
        boolean away = agent.profile().ollama() == OllamaState.DOWN;
        if (away && agent.ollamaAway == null) {
            agent.ollamaAway = alarms.set(now.plus(OLLAMA_AWAY_MAX), new Alarms.OllamaAway(agent.id()));
        } else if (!away) {
            alarms.stop(agent.ollamaAway);
            agent.ollamaAway = null;
        }
    }

    private void dropped(AgentDropped event) {
        AgentState agent = agents.get(event.agent());
        if (agent == null || !agent.isConnectedOver(event.connection())) {
            return;
        }
        if (agent.jobs().isEmpty() || policy.resumeWindow().isZero()) {
            gone(agent, Optional.empty());
        } else {
            agent.dropped();
            agent.notBackYet = alarms.set(now.plus(BACK_SOON), new Alarms.NotBackYet(agent.id()));
            agent.resumeWindow = alarms.set(now.plus(policy.resumeWindow()), new Alarms.ResumeWindowOver(agent.id()));
        }
        dispatch();
    }

    private void left(AgentLeft event) {
        AgentState agent = agents.get(event.agent());
        if (agent != null && agent.isConnectedOver(event.connection())) {
            gone(agent, event.broke());
            dispatch();
        }
    }

    private void gone(AgentState agent, Optional<String> broke) {
        alarms.stop(agent.ollamaAway);
        alarms.stop(agent.notBackYet);
        alarms.stop(agent.resumeWindow);
        agents.remove(agent.id());
        for (JobId job : agent.jobs()) {
            Attempt attempt = known(job);
            forget(attempt);
            fail(
                    attempt,
                    broke.<JobFailure>map(JobFailure.ProtocolBroken::new)
                            .orElseGet(() -> new JobFailure.AgentLost(attempt.lineReceived())));
        }
    }

    // --- Requests ---

    private void arrived(RequestArrived event) {
        if (requests.containsKey(event.request())) {
            throw new IllegalStateException("request " + event.request() + " arrived twice");
        }
        var request = new Request(event.request(), event.needs(), now, ++arrivals, policy.waitMax());
        requests.put(request.id(), request);
        if (draining) {
            end(request, new JobFailure.GatewayDraining());
            return;
        }
        request.deadlineAt().ifPresent(at -> request.deadline = alarms.set(at, new Alarms.DeadlineOver(request.id())));
        placeOrWait(request);
        if (waits(request) && exceedsBounds(request)) {
            boolean keysOwn = queue.waiting(request.needs().share().key())
                    > request.needs().share().waitingMax();
            queue.remove(request);
            end(request, new JobFailure.QueueFull(keysOwn, expectedWait(request.model(), queue.size() + 1)));
        }
    }

    private void placeOrWait(Request request) {
        if (!request.needs().operation().takesSlot()) {
            switch (placement.withoutSlot(agents.values(), request)) {
                case Placement.On on -> start(request, state(on.agent()));
                case Placement.Nowhere nowhere -> end(request, nowhere.why());
                case Placement.LoadOn load -> throw new IllegalStateException("nothing is loaded without a slot");
                case Placement.Wait wait -> throw new IllegalStateException("nothing waits without a slot");
            }
            return;
        }
        queue.add(request);
        request.waitOver = alarms.set(request.waitUntil(), new Alarms.WaitOver(request.id()));
        dispatch();
    }

    private boolean exceedsBounds(Request request) {
        Share share = request.needs().share();
        return queue.size() > policy.waitingMax()
                || queue.bytes() > policy.waitingBytesMax()
                || queue.waiting(share.key()) > share.waitingMax();
    }

    private boolean waits(Request request) {
        return requests.containsKey(request.id())
                && request.job().isEmpty()
                && request.needs().operation().takesSlot();
    }

    private void clientGone(ClientGone event) {
        Request request = requests.get(event.request());
        if (request != null) {
            stop(request, event.why());
        }
    }

    /** Ends a request for a reason that is not its agent's. */
    private void stop(Request request, JobFailure why) {
        if (waits(request)) {
            queue.remove(request);
        }
        request.job().map(this::known).ifPresent(this::cancel);
        end(request, why);
        dispatch();
    }

    private void end(Request request, JobFailure failure) {
        end(request, new JobEnd.Failed(failure));
    }

    private void end(Request request, JobEnd end) {
        alarms.stop(request.deadline);
        alarms.stop(request.waitOver);
        requests.remove(request.id());
        effects.add(new EndRequest(request.id(), end));
    }

    // --- Placing ---

    /** Gives the free slots to those that wait: first to such as need no load, or may not be overtaken any more. */
    private void dispatch() {
        dispatch(false);
        dispatch(true);
    }

    private void dispatch(boolean loadForAll) {
        var passedOver = new HashSet<Request.Kind>();
        for (Optional<Request> next = queue.next(now, passedOver);
                next.isPresent();
                next = queue.next(now, passedOver)) {
            Request request = next.get();
            switch (placement.choose(agents.values(), request, queue.waiting(request.model()), this::untilReady, now)) {
                case Placement.On on -> startWaiting(request, state(on.agent()));
                case Placement.LoadOn load -> {
                    if (loadForAll || request.waited(now).compareTo(policy.overtakeMax()) >= 0) {
                        load(request, state(load.agent()));
                    } else {
                        passedOver.add(request.kind());
                    }
                }
                case Placement.Wait wait -> passedOver.add(request.kind());
                case Placement.Nowhere nowhere -> {
                    queue.remove(request);
                    end(request, nowhere.why());
                }
            }
        }
    }

    private void startWaiting(Request request, AgentState agent) {
        queue.begin(request.needs().share(), estimates.job(agent.id(), request.model()));
        queue.remove(request);
        alarms.stop(request.waitOver);
        start(request, agent);
    }

    private void start(Request request, AgentState agent) {
        JobId job = request.nextJob();
        Duration firstLineWithin = firstLineWithin(request, agent);
        if (request.needs().operation().takesSlot()) {
            agent.take(job, request.model());
        } else {
            agent.takeWithoutSlot(job);
        }
        agent.prefixes().went(request.needs().prompt());
        var attempt =
                new Attempt(job, agent.id(), new Answering(request, estimates.job(agent.id(), request.model())), now);
        attempt.alarm = alarms.set(now.plus(firstLineWithin), new Alarms.FirstLineBy(job));
        attempts.put(job, attempt);
        request.runsAs(job);
        Optional<Duration> left = request.deadlineAt().map(at -> Duration.between(now, at));
        effects.add(new StartJob(request.id(), job, agent.id(), left));
    }

    private Duration firstLineWithin(Request request, AgentState agent) {
        Duration expected = estimates
                .load(agent.id(), request.model(), agent.models().size(request.model()))
                .plus(estimates.prefill(
                        agent.id(), request.model(), request.needs().prompt().bytes()));
        return longest(policy.firstLineLeast(), expected.multipliedBy(DOUBT));
    }

    private void load(Request sponsor, AgentState agent) {
        JobId job = sponsor.nextLoad();
        ModelName model = sponsor.model();
        Duration expected = estimates.load(agent.id(), model, agent.models().size(model));
        agent.models().loading(model, job);
        agent.take(job, model);
        var attempt = new Attempt(
                job,
                agent.id(),
                new Loading(model, sponsor.id(), sponsor.needs().contextLength()),
                now);
        attempt.alarm = alarms.set(
                now.plus(longest(policy.loadLeast(), expected.multipliedBy(DOUBT))), new Alarms.LoadedBy(job));
        attempts.put(job, attempt);
        effects.add(new StartLoad(job, agent.id(), sponsor.id()));
    }

    private Duration untilReady(AgentState agent, ModelName model) {
        Duration untilFree = agent.hasFreeSlot(now)
                ? Duration.ZERO
                : running(agent)
                        .map(attempt -> left(attempt, agent))
                        .min(Duration::compareTo)
                        .orElse(Duration.ZERO);
        Duration untilLoaded = running(agent)
                .filter(attempt ->
                        attempt.purpose() instanceof Loading && attempt.model().equals(model))
                .map(attempt -> left(attempt, agent))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        return longest(untilFree, untilLoaded);
    }

    private Stream<Attempt> running(AgentState agent) {
        return agent.jobs().stream().map(this::known);
    }

    private Duration left(Attempt attempt, AgentState agent) {
        Duration expected = switch (attempt.purpose()) {
            case Answering answering -> answering.expected();
            case Loading loading ->
                estimates.load(agent.id(), loading.model(), agent.models().size(loading.model()));
        };
        Duration took = attempt.took(now);
        Duration left = expected.minus(took);
        return left.isNegative() ? took.dividedBy(DOUBT) : left;
    }

    /** How long a request will probably wait that has this place in the queue; whole seconds, for {@code Retry-After}. */
    private Duration expectedWait(ModelName model, int place) {
        int slots = agents.values().stream()
                .filter(agent -> agent.profile().offer().includes(model))
                .mapToInt(agent -> agent.profile().slots())
                .sum();
        Duration wait = estimates.job(model).multipliedBy(place).dividedBy(Math.max(1, slots));
        Duration rounded = Duration.ofSeconds(Math.max(1, wait.plusMillis(999).toSeconds()));
        return rounded.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : rounded;
    }

    // --- Jobs ---

    private void firstLine(FirstLine event) {
        Attempt attempt = attempts.get(event.job());
        if (attempt == null || attempt.state() != JobState.PLACED) {
            return;
        }
        alarms.stop(attempt.alarm);
        attempt.alarm = null;
        attempt.streams();
        AgentState agent = state(attempt.agent());
        agent.health().succeeded();
        if (attempt.purpose() instanceof Answering(Request request, var expected)) {
            estimates.firstLineTook(
                    agent.id(), request.model(), request.needs().prompt().bytes(), attempt.took(now));
            if (request.needs().usesModel()) {
                agent.models().warmed(request.model(), request.needs().contextLength(), now);
            }
        }
    }

    private void stalled(Stalled event) {
        Attempt attempt = attempts.get(event.job());
        if (attempt != null
                && attempt.state() == JobState.STREAMING
                && attempt.purpose() instanceof Answering(Request request, var expected)) {
            agentFailed(attempt);
            stop(request, new JobFailure.Stalled());
        }
    }

    private void ended(JobEnded event) {
        Attempt attempt = attempts.get(event.job());
        if (attempt == null || !attempt.agent().equals(event.by())) {
            return;
        }
        learn(attempt, event.end());
        if (event.slotFree()) {
            release(attempt);
        } else {
            releasing(attempt);
        }
        switch (event.end()) {
            case JobEnd.Completed completed -> complete(attempt);
            case JobEnd.Failed(JobFailure failure) -> fail(attempt, failure);
        }
        dispatch();
    }

    private void learn(Attempt attempt, JobEnd end) {
        if (end instanceof JobEnd.Completed && !attempt.isDone()) {
            switch (attempt.purpose()) {
                case Answering answering -> {
                    if (answering.request().needs().operation().takesSlot()) {
                        estimates.jobTook(attempt.agent(), attempt.model(), attempt.took(now));
                    }
                }
                case Loading loading -> estimates.loadTook(attempt.agent(), attempt.model(), attempt.took(now));
            }
        }
    }

    private void complete(Attempt attempt) {
        if (attempt.isDone()) {
            return;
        }
        attempt.done();
        AgentState agent = state(attempt.agent());
        agent.health().succeeded();
        switch (attempt.purpose()) {
            case Answering(Request request, var expected) -> end(request, new JobEnd.Completed());
            case Loading(var model, var sponsor, var contextLength) -> {
                agent.models().warmed(model, contextLength, now);
                serveFirst(model, agent);
            }
        }
    }

    /** A slot that was taken to load a model goes to one that waits for it, so that no other drives it out unused. */
    private void serveFirst(ModelName model, AgentState agent) {
        var others = new HashSet<Request.Kind>();
        for (Optional<Request> next = queue.next(now, others); next.isPresent(); next = queue.next(now, others)) {
            if (next.get().model().equals(model) && placement.fitsNow(agent, next.get(), now)) {
                startWaiting(next.get(), agent);
                return;
            }
            others.add(next.get().kind());
        }
    }

    /** A job ended without a whole answer; its slot is not our concern here. */
    private void fail(Attempt attempt, JobFailure failure) {
        if (attempt.isDone()) {
            return;
        }
        attempt.done();
        switch (attempt.purpose()) {
            case Answering(Request request, var expected) -> {
                failed(request, attempt, failure);
            }
            case Loading loading -> loadFailed(loading, attempt, failure);
        }
    }

    private void failed(Request request, Attempt attempt, JobFailure failure) {
        if (attempt.lineReceived() || !failure.retryable()) {
            end(request, failure);
            return;
        }
        request.waits();
        if (refused(attempt.agent(), failure)) {
            placeOrWait(request);
        } else {
            agentFailed(attempt);
            tryElsewhere(request, attempt.agent(), failure);
        }
    }

    /** An agent that refuses a job has not failed: it knows its slots better than we do. */
    private boolean refused(AgentId id, JobFailure failure) {
        if (!(failure instanceof JobFailure.AgentRefused)) {
            return false;
        }
        AgentState agent = agents.get(id);
        if (agent != null) {
            agent.saidFull(now);
        }
        return true;
    }

    private void agentFailed(Attempt attempt) {
        AgentState agent = agents.get(attempt.agent());
        if (agent != null) {
            boolean streams = running(agent).anyMatch(other -> other != attempt && other.state() == JobState.STREAMING);
            agent.health().failed(now, streams);
        }
    }

    private void tryElsewhere(Request request, AgentId agent, JobFailure failure) {
        request.failedOn(agent, failure, now, policy.waitMax());
        if (request.failures() > policy.replacementsMax()) {
            end(request, failure);
        } else {
            placeOrWait(request);
        }
    }

    private void loadFailed(Loading loading, Attempt attempt, JobFailure failure) {
        AgentState agent = agents.get(attempt.agent());
        if (refused(attempt.agent(), failure)) {
            return;
        }
        if (agent != null) {
            agent.models().loadFailed(loading.model(), now);
        }
        if (failure.retryable()) {
            agentFailed(attempt);
        }
        Request sponsor = requests.get(loading.sponsor());
        if (sponsor == null || !waits(sponsor)) {
            return;
        }
        queue.remove(sponsor);
        alarms.stop(sponsor.waitOver);
        if (failure.retryable()) {
            tryElsewhere(sponsor, attempt.agent(), failure);
        } else {
            end(sponsor, failure);
        }
    }

    private void slotFreed(SlotFreed event) {
        Attempt attempt = attempts.get(event.job());
        if (attempt != null
                && attempt.state() == JobState.RELEASING
                && attempt.agent().equals(event.by())) {
            release(attempt);
            dispatch();
        }
    }

    /** Version 1 knows no cancel: its agents confirm when the job has run to its end, however long that takes. */
    private void cancel(Attempt attempt) {
        attempt.done();
        releasing(attempt);
        effects.add(new CancelJob(attempt.job(), attempt.agent()));
        if (state(attempt.agent()).profile().protocol() >= ProtocolVersion.TUNNEL) {
            attempt.alarm = alarms.set(now.plus(CONFIRM_WITHIN), new Alarms.ConfirmBy(attempt.job()));
        }
    }

    private void releasing(Attempt attempt) {
        alarms.stop(attempt.alarm);
        attempt.alarm = null;
        attempt.releases();
    }

    private void release(Attempt attempt) {
        forget(attempt);
        state(attempt.agent()).release(attempt.job(), now);
    }

    private void forget(Attempt attempt) {
        alarms.stop(attempt.alarm);
        attempts.remove(attempt.job());
        switch (attempt.purpose()) {
            case Answering(Request request, Duration expected) -> {
                if (request.needs().operation().takesSlot()) {
                    queue.end(request.needs().share(), expected, attempt.took(now));
                }
            }
            case Loading loading -> {
                AgentState agent = agents.get(attempt.agent());
                if (agent != null) {
                    agent.models().loadOver(loading.model());
                }
            }
        }
    }

    // --- Time ---

    private void timePassed() {
        for (Optional<Alarms.Due> due = alarms.due(now); due.isPresent(); due = alarms.due(now)) {
            switch (due.get()) {
                case Alarms.ConfirmBy(JobId job) -> state(known(job).agent()).lostTrackOf();
                case Alarms.FirstLineBy(JobId job) -> firstLineOverdue(known(job));
                case Alarms.LoadedBy(JobId job) -> loadOverdue(known(job), "the model was not loaded in time");
                case Alarms.WaitOver(RequestId request) -> waitOver(known(request));
                case Alarms.DeadlineOver(RequestId request) -> stop(known(request), new JobFailure.DeadlinePassed());
                case Alarms.OllamaAway(AgentId agent) -> ollamaAway(state(agent));
                case Alarms.NotBackYet(AgentId agent) -> moveAll(state(agent), new JobFailure.AgentLost(false));
                case Alarms.ResumeWindowOver(AgentId agent) -> gone(state(agent), Optional.empty());
                case Alarms.LookAgain lookAgain -> this.lookAgain = null;
            }
        }
        dispatch();
    }

    /** A hanging host loses its job to another; if there is no other, it has as long as a stalled stream has. */
    private void firstLineOverdue(Attempt attempt) {
        if (othersCanTake(attempt)) {
            move(attempt, new JobFailure.OllamaUnreachable("no first line within its time"));
            return;
        }
        Instant last = attempt.since().plus(longest(policy.stalledMax(), policy.firstLineLeast()));
        if (now.isBefore(last)) {
            attempt.alarm = alarms.set(last, new Alarms.FirstLineBy(attempt.job()));
        } else if (attempt.purpose() instanceof Answering(Request request, var expected)) {
            agentFailed(attempt);
            stop(request, new JobFailure.Stalled());
        }
    }

    private void loadOverdue(Attempt attempt, String why) {
        fail(attempt, new JobFailure.OllamaUnreachable(why));
        cancel(attempt);
    }

    private void ollamaAway(AgentState agent) {
        agent.ollamaAway = null;
        JobFailure failure = new JobFailure.OllamaUnreachable("it does not answer");
        for (JobId job : agent.jobs()) {
            Attempt attempt = attempts.get(job);
            if (attempt != null && attempt.state() == JobState.PLACED) {
                switch (attempt.purpose()) {
                    case Loading loading -> loadOverdue(attempt, "it does not answer");
                    case Answering(Request request, var expected) -> {
                        if (othersCanTake(attempt)) {
                            move(attempt, failure);
                        } else {
                            agentFailed(attempt);
                            stop(request, failure);
                        }
                    }
                }
            }
        }
    }

    /** Whatever has no line yet goes elsewhere, if it can; else it may still come back with its agent. */
    private void moveAll(AgentState agent, JobFailure failure) {
        for (JobId job : agent.jobs()) {
            Attempt attempt = attempts.get(job);
            if (attempt != null && attempt.state() == JobState.PLACED && othersCanTake(attempt)) {
                move(attempt, failure);
            }
        }
    }

    private boolean othersCanTake(Attempt attempt) {
        return attempt.purpose() instanceof Answering(Request request, var expected)
                && request.failures() < policy.replacementsMax()
                && agents.values().stream()
                        .filter(agent -> !agent.id().equals(attempt.agent()))
                        .filter(agent -> !request.failedOn().contains(agent.id()))
                        .filter(agent -> agent.notUsedBecause().isEmpty())
                        .anyMatch(agent -> placement.serves(agent, request));
    }

    private void move(Attempt attempt, JobFailure failure) {
        if (attempt.purpose() instanceof Answering(Request request, var expected)) {
            agentFailed(attempt);
            cancel(attempt);
            request.waits();
            tryElsewhere(request, attempt.agent(), failure);
        }
    }

    /** The time that a model takes to load is not held against the queue. */
    private void waitOver(Request request) {
        boolean loading =
                agents.values().stream().anyMatch(agent -> agent.models().isLoading(request.model()));
        if (loading) {
            request.waitOver = alarms.set(now.plus(LOOK_EVERY), new Alarms.WaitOver(request.id()));
        } else {
            queue.remove(request);
            end(request, new JobFailure.WaitedTooLong(expectedWait(request.model(), queue.size() + 1)));
        }
    }

    private void lookAgainWhileSomebodyWaits() {
        if (queue.size() > 0 && lookAgain == null) {
            lookAgain = alarms.set(now.plus(LOOK_EVERY), new Alarms.LookAgain());
        } else if (queue.size() == 0) {
            alarms.stop(lookAgain);
            lookAgain = null;
        }
    }

    private void drain(boolean on) {
        draining = on;
        if (on) {
            for (Request request : List.copyOf(requests.values())) {
                if (waits(request)) {
                    queue.remove(request);
                    end(request, new JobFailure.GatewayDraining());
                }
            }
        }
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private Attempt known(JobId job) {
        return known(attempts.get(job), job);
    }

    private Request known(RequestId request) {
        return known(requests.get(request), request);
    }

    private AgentState state(AgentId agent) {
        return known(agents.get(agent), agent);
    }

    private static <T> T known(@Nullable T value, Object id) {
        if (value == null) {
            throw new IllegalStateException("the core has lost " + id);
        }
        return value;
    }
}
