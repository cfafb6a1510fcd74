package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentChanged;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentJoined;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentLeft;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.ClientGone;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.FirstLine;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.JobEnded;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.RequestArrived;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.SlotFreed;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.TimePassed;
import org.ollamaorchestrator.gateway.scheduling.Effect.CancelJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.EndRequest;
import org.ollamaorchestrator.gateway.scheduling.Effect.StartJob;
import org.ollamaorchestrator.gateway.scheduling.JobState.Placed;
import org.ollamaorchestrator.gateway.scheduling.JobState.Releasing;
import org.ollamaorchestrator.gateway.scheduling.JobState.Streaming;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * The scheduling of all jobs: a step from an event to its effects, with no clock, thread or socket inside. It owns the
 * slots and the one end of each request; tokens never pass through it. For one thread only.
 *
 * <p>Promises: each request that arrived gets exactly one {@link EndRequest}; an agent never holds more jobs than slots;
 * a slot is taken until its agent confirmed, or is gone.
 */
final class Core {

    /** A cancelled job whose agent has not confirmed by then makes the agent unresponsive (docs/protocol.md). */
    static final Duration CONFIRM_WITHIN = Duration.ofSeconds(10);

    /** A job and the request it is an attempt at. */
    private record Attempt(RequestId request, JobId job, JobState state) {
        Attempt in(JobState next) {
            return new Attempt(request, job, next);
        }
    }

    /** A cancel that an agent has to confirm; without meaning once its job is gone. */
    private record Confirmation(JobId job, Instant by) {}

    private final Map<AgentId, AgentState> agents = new LinkedHashMap<>();
    private final Map<JobId, Attempt> attempts = new HashMap<>();
    private final Map<RequestId, JobId> running = new HashMap<>();
    private final PriorityQueue<Confirmation> confirmations =
            new PriorityQueue<>(Comparator.comparing(Confirmation::by));

    /** Takes one event and says what is to be done now, in order. */
    List<Effect> step(CoreEvent event, Instant now) {
        return switch (event) {
            case AgentJoined e -> joined(e, now);
            case AgentChanged e -> changed(e);
            case AgentLeft e -> left(e);
            case RequestArrived e -> arrived(e);
            case ClientGone e -> clientGone(e, now);
            case FirstLine e -> firstLine(e);
            case JobEnded e -> ended(e, now);
            case SlotFreed e -> slotFreed(e, now);
            case TimePassed e -> timePassed(now);
        };
    }

    /** When the core next wants a {@link TimePassed}; empty if nothing waits for the clock. */
    Optional<Instant> wakeAt() {
        while (!confirmations.isEmpty()
                && !attempts.containsKey(confirmations.element().job())) {
            confirmations.remove();
        }
        return confirmations.isEmpty()
                ? Optional.empty()
                : Optional.of(confirmations.element().by());
    }

    FleetView view() {
        return new FleetView(agents.values().stream()
                .map(agent -> new FleetView.Agent(agent.profile(), agent.active(), agent.notUsedBecause()))
                .toList());
    }

    private List<Effect> joined(AgentJoined event, Instant now) {
        agents.put(event.agent().id(), new AgentState(event.agent(), now));
        return List.of();
    }

    private List<Effect> changed(AgentChanged event) {
        AgentState agent = agents.get(event.agent().id());
        if (agent != null) {
            agent.reported(event.agent());
        }
        return List.of();
    }

    private List<Effect> left(AgentLeft event) {
        AgentState agent = agents.remove(event.agent());
        if (agent == null) {
            return List.of();
        }
        var effects = new ArrayList<Effect>();
        for (JobId job : agent.jobs()) {
            Attempt attempt = known(job);
            attempts.remove(job);
            if (endsWithItsAgent(attempt.state())) {
                running.remove(attempt.request());
                effects.add(new EndRequest(attempt.request(), new JobEnd.Failed(lossOf(attempt.state(), event))));
            }
        }
        return effects;
    }

    private List<Effect> arrived(RequestArrived event) {
        if (running.containsKey(event.request())) {
            throw new IllegalStateException("request " + event.request() + " arrived twice");
        }
        return switch (Placement.choose(agents.values(), event.needs())) {
            case Placement.On on -> List.of(place(event.request(), on.agent()));
            case Placement.Nowhere nowhere ->
                List.of(new EndRequest(event.request(), new JobEnd.Failed(nowhere.why())));
        };
    }

    private Effect place(RequestId request, AgentId agent) {
        JobId job = request.attempt(1);
        state(agent).take(job);
        attempts.put(job, new Attempt(request, job, new Placed(agent)));
        running.put(request, job);
        return new StartJob(request, job, agent);
    }

    private List<Effect> clientGone(ClientGone event, Instant now) {
        JobId job = running.remove(event.request());
        if (job == null) {
            return List.of();
        }
        Attempt attempt = known(job);
        AgentId agent = attempt.state().agent();
        attempts.put(job, attempt.in(new Releasing(agent)));
        if (confirmsCancels(agent)) {
            confirmations.add(new Confirmation(job, now.plus(CONFIRM_WITHIN)));
        }
        return List.of(new CancelJob(job, agent), new EndRequest(event.request(), new JobEnd.Failed(event.why())));
    }

    private List<Effect> firstLine(FirstLine event) {
        Attempt attempt = attempts.get(event.job());
        if (attempt != null && attempt.state() instanceof Placed placed) {
            attempts.put(event.job(), attempt.in(new Streaming(placed.agent())));
        }
        return List.of();
    }

    private List<Effect> ended(JobEnded event, Instant now) {
        Attempt attempt = attempts.get(event.job());
        if (attempt == null || !attempt.state().agent().equals(event.by())) {
            return List.of();
        }
        return switch (attempt.state()) {
            case Placed s -> endRunning(attempt, event, now);
            case Streaming s -> endRunning(attempt, event, now);
            case Releasing s -> {
                if (event.slotFree()) {
                    release(attempt, now);
                }
                yield List.of();
            }
        };
    }

    private List<Effect> endRunning(Attempt attempt, JobEnded event, Instant now) {
        running.remove(attempt.request());
        if (event.slotFree()) {
            release(attempt, now);
        } else {
            attempts.put(attempt.job(), attempt.in(new Releasing(attempt.state().agent())));
        }
        return List.of(new EndRequest(attempt.request(), event.end()));
    }

    private List<Effect> slotFreed(SlotFreed event, Instant now) {
        Attempt attempt = attempts.get(event.job());
        if (attempt != null
                && attempt.state() instanceof Releasing releasing
                && releasing.agent().equals(event.by())) {
            release(attempt, now);
        }
        return List.of();
    }

    private List<Effect> timePassed(Instant now) {
        for (Optional<Instant> due = wakeAt(); due.isPresent() && !due.get().isAfter(now); due = wakeAt()) {
            Attempt attempt = known(confirmations.remove().job());
            state(attempt.state().agent()).lostTrackOf();
        }
        return List.of();
    }

    private void release(Attempt attempt, Instant now) {
        attempts.remove(attempt.job());
        state(attempt.state().agent()).release(attempt.job(), now);
    }

    /** Version 1 knows no cancel: its agents confirm when the job has run to its end, however long that takes. */
    private boolean confirmsCancels(AgentId agent) {
        return state(agent).profile().protocol() >= ProtocolVersion.TUNNEL;
    }

    private static boolean endsWithItsAgent(JobState state) {
        return switch (state) {
            case Placed s -> true;
            case Streaming s -> true;
            case Releasing s -> false;
        };
    }

    private static JobFailure lossOf(JobState state, AgentLeft event) {
        return event.broke()
                .<JobFailure>map(JobFailure.ProtocolBroken::new)
                .orElseGet(() -> new JobFailure.AgentLost(state instanceof Streaming));
    }

    private Attempt known(JobId job) {
        return known(attempts.get(job), job);
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
