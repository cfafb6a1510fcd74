package org.ollamaorchestrator.gateway.scheduling.simulation;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.CoreProbe;
import org.ollamaorchestrator.gateway.scheduling.Effect;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.SchedulingPolicy;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * What the loop, the desk and the sessions are around the real core. Tokens stay here, outside of it. After every event
 * it checks what has to hold at any time.
 */
final class SimulatedGateway {

    private static final long SWEEP_EVERY = 1_000;

    private final VirtualTime time;
    private final SchedulingPolicy policy;
    private final CoreProbe core;
    private final Map<AgentId, Link> sessions = new LinkedHashMap<>();
    private final Map<JobId, Stream> streams = new LinkedHashMap<>();
    private final Map<RequestId, SimulatedRequest> open = new LinkedHashMap<>();
    private final Set<JobId> jobsEver = new HashSet<>();
    private @Nullable Instant wakesAt;
    private int loads;

    /** The lines of one job, as they were received. */
    private static final class Stream {
        private final @Nullable SimulatedRequest request;
        private Link from;
        private int lines;
        private long lastLineAt;

        Stream(@Nullable SimulatedRequest request, Link from, long now) {
            this.request = request;
            this.from = from;
            this.lastLineAt = now;
        }
    }

    SimulatedGateway(VirtualTime time, SchedulingPolicy policy) {
        this.time = time;
        this.policy = policy;
        this.core = new CoreProbe(policy);
        time.after(SWEEP_EVERY, this::sweep);
    }

    CoreProbe core() {
        return core;
    }

    boolean isIdle() {
        return open.isEmpty();
    }

    /** How many loads were begun. */
    int loads() {
        return loads;
    }

    // --- Clients ---

    void arrives(SimulatedRequest request) {
        open.put(request.id(), request);
        tell(new CoreEvent.RequestArrived(request.id(), request.needs()));
        long waiting = open.values().stream()
                .filter(each -> each.attempts() == 0 && each.needs().operation().takesSlot())
                .count();
        long loading =
                streams.values().stream().filter(each -> each.request == null).count();
        must(waiting <= policy.waitingMax() + loading, "more wait than may: " + waiting);
    }

    void leaves(SimulatedRequest request) {
        if (open.containsKey(request.id())) {
            tell(new CoreEvent.ClientGone(request.id(), new JobFailure.Cancelled()));
        }
    }

    void drains(boolean on) {
        tell(new CoreEvent.Draining(on));
    }

    // --- The loop ---

    private void tell(CoreEvent event) {
        note(event);
        List<Effect> effects = core.step(event, time.instant());
        if (event instanceof CoreEvent.AgentJoined joined) {
            answersEach(joined, effects);
        }
        loadsAreForThoseThatStay(effects);
        effects.forEach(this::run);
        core.check();
        wakeUp();
    }

    private void note(CoreEvent event) {
        switch (event) {
            case CoreEvent.AgentChanged(AgentProfile agent) ->
                time.note("reports", agent.id(), agent.ollama() + (agent.draining() ? ", draining" : ""));
            case CoreEvent.AgentJoined(String connection, AgentProfile agent, Set<JobId> resuming) ->
                time.note("joins", connection, resuming);
            default -> time.note("event", event, "");
        }
    }

    private static void answersEach(CoreEvent.AgentJoined joined, List<Effect> effects) {
        for (JobId job : joined.resuming()) {
            long answers = effects.stream()
                    .filter(effect -> (effect instanceof Effect.ResumeJob resume
                                    && resume.job().equals(job))
                            || (effect instanceof Effect.CancelJob cancel
                                    && cancel.job().equals(job)))
                    .count();
            must(answers == 1, answers + " answers for " + job);
        }
    }

    private static void loadsAreForThoseThatStay(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.StartLoad load) {
                must(
                        effects.stream()
                                .noneMatch(each -> each instanceof Effect.EndRequest end
                                        && end.request().equals(load.sponsor())),
                        "a load for a request that is ended in the same step: " + load);
            }
        }
    }

    private void wakeUp() {
        Instant wanted = core.wakeAt().orElse(null);
        if (wanted == null || wanted.equals(wakesAt)) {
            return;
        }
        wakesAt = wanted;
        time.at(Math.max(wanted.toEpochMilli(), time.now()) + 1, () -> {
            if (wanted.equals(wakesAt)) {
                wakesAt = null;
                tell(new CoreEvent.TimePassed());
            }
        });
    }

    private void run(Effect effect) {
        time.note("effect", effect, "");
        switch (effect) {
            case Effect.StartJob e -> start(e);
            case Effect.StartLoad e -> load(e);
            case Effect.ResumeJob e -> resume(e);
            case Effect.CancelJob e -> cancel(e);
            case Effect.EndRequest e -> end(e);
        }
    }

    private void start(Effect.StartJob e) {
        SimulatedRequest request = open.get(e.request());
        if (request == null) {
            throw new AssertionError("a job for a request that has ended: " + e);
        }
        must(jobsEver.add(e.job()), "job id used twice");
        request.placedAs(e.job(), policy.replacementsMax());
        e.within().ifPresent(left -> must(!left.isNegative(), "started after its deadline"));
        begin(e.job(), e.agent(), request, request.work());
    }

    private void load(Effect.StartLoad e) {
        SimulatedRequest sponsor = open.get(e.sponsor());
        if (sponsor == null) {
            throw new AssertionError("a load for a request that has ended: " + e);
        }
        must(jobsEver.add(e.job()), "job id used twice");
        loads++;
        begin(e.job(), e.agent(), null, Work.load(sponsor.needs().model()));
    }

    private void begin(JobId job, AgentId agent, @Nullable SimulatedRequest request, Work work) {
        Link session = sessions.get(agent);
        if (session == null) {
            later(new CoreEvent.JobEnded(agent, job, failed(new JobFailure.AgentLost(false)), true));
            return;
        }
        streams.put(job, new Stream(request, session, time.now()));
        session.toAgent(() -> session.agent().job(job, work));
    }

    private void resume(Effect.ResumeJob e) {
        Link session = sessions.get(e.agent());
        Stream stream = streams.get(e.job());
        must(session != null && stream != null, "nothing to resume");
        if (session != null && stream != null) {
            stream.from = session;
            int after = stream.lines;
            session.toAgent(() -> session.agent().resume(e.job(), after));
        }
    }

    private void cancel(Effect.CancelJob e) {
        streams.remove(e.job());
        Link session = sessions.get(e.agent());
        if (session != null && !session.agent().isVersion1()) {
            session.toAgent(() -> session.agent().cancel(e.job()));
        }
    }

    private void end(Effect.EndRequest e) {
        SimulatedRequest request = open.remove(e.request());
        if (request == null) {
            throw new AssertionError("two ends: " + e);
        }
        request.job().ifPresent(streams::remove);
        request.ended(e.end());
    }

    private void later(CoreEvent event) {
        time.after(0, () -> tell(event));
    }

    private static JobEnd failed(JobFailure failure) {
        return new JobEnd.Failed(failure);
    }

    // --- Sessions ---

    void registers(Link link, AgentProfile profile, Set<JobId> resuming) {
        Link before = sessions.put(profile.id(), link);
        if (before != null) {
            before.closeAtGateway();
        }
        link.toAgent(() -> link.agent().registered(link));
        tell(new CoreEvent.AgentJoined(link.connection(), profile, resuming));
        if (before != null) {
            later(new CoreEvent.AgentDropped(before.connection(), profile.id()));
        }
    }

    void status(Link link, AgentProfile profile) {
        if (isCurrent(link)) {
            tell(new CoreEvent.AgentChanged(profile));
        }
    }

    void dropped(Link link) {
        if (isCurrent(link)) {
            AgentId agent = link.as();
            sessions.remove(agent);
            tell(
                    link.agent().isVersion1()
                            ? new CoreEvent.AgentLeft(link.connection(), agent, Optional.empty())
                            : new CoreEvent.AgentDropped(link.connection(), agent));
        }
    }

    /** It broke the protocol: its connection is closed and its jobs are over. */
    void breaks(Link link) {
        if (isCurrent(link)) {
            AgentId agent = link.as();
            sessions.remove(agent);
            link.closeAtGateway();
            tell(new CoreEvent.AgentLeft(link.connection(), agent, Optional.of("a malformed frame")));
        }
    }

    private boolean isCurrent(Link link) {
        return sessions.get(link.as()) == link;
    }

    void line(Link link, JobId job, int seq, long text) {
        Stream stream = streams.get(job);
        if (!isCurrent(link) || stream == null || stream.from != link) {
            return;
        }
        must(seq == stream.lines + 1, "line " + seq + " after line " + stream.lines + " of " + job);
        must(text == SimulatedAgent.textOf(job, seq), "the text of another line");
        stream.lines = seq;
        stream.lastLineAt = time.now();
        if (stream.request != null) {
            stream.request.line(job);
            if (seq == 1) {
                tell(new CoreEvent.FirstLine(job));
            }
        }
    }

    void completed(Link link, JobId job, int lastSeq, boolean slotFree) {
        if (!isCurrent(link)) {
            return;
        }
        Stream stream = streams.get(job);
        if (stream != null && stream.from == link) {
            must(stream.lines == lastSeq, "complete, but lines are missing of " + job);
        }
        acknowledgeEnd(link, job);
        tell(new CoreEvent.JobEnded(link.as(), job, new JobEnd.Completed(), slotFree));
    }

    void failed(Link link, JobId job, JobFailure failure, boolean slotFree) {
        if (isCurrent(link)) {
            if (failure instanceof JobFailure.AgentRefused) {
                Optional.ofNullable(streams.get(job))
                        .flatMap(stream -> Optional.ofNullable(stream.request))
                        .ifPresent(SimulatedRequest::refused);
            }
            acknowledgeEnd(link, job);
            tell(new CoreEvent.JobEnded(link.as(), job, failed(failure), slotFree));
        }
    }

    private void acknowledgeEnd(Link link, JobId job) {
        if (streams.containsKey(job)) {
            link.toAgent(() -> link.agent().endAcknowledged(job));
        }
        streams.remove(job);
    }

    void slotFreed(Link link, JobId job) {
        if (isCurrent(link)) {
            tell(new CoreEvent.SlotFreed(link.as(), job));
        }
    }

    /** The watchdog of streams. */
    private void sweep() {
        long allowed = policy.stalledMax().toMillis();
        for (Map.Entry<JobId, Stream> each : List.copyOf(streams.entrySet())) {
            if (each.getValue().request != null && time.now() - each.getValue().lastLineAt > allowed) {
                tell(new CoreEvent.Stalled(each.getKey()));
            }
        }
        time.after(SWEEP_EVERY, this::sweep);
    }

    static void must(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
