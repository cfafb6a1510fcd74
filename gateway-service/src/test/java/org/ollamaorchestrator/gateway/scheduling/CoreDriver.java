package org.ollamaorchestrator.gateway.scheduling;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentDropped;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentJoined;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentLeft;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.ClientGone;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.FirstLine;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.JobEnded;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.RequestArrived;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.TimePassed;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** A core and its time, told in short words; and its effects in words as short. */
@NullMarked
final class CoreDriver {

    private final Core core;
    private Instant now = Instant.EPOCH;

    CoreDriver(SchedulingPolicy policy) {
        core = new Core(policy);
    }

    Core core() {
        return core;
    }

    @CanIgnoreReturnValue
    List<String> step(CoreEvent event) {
        List<String> effects =
                core.step(event, now).stream().map(CoreDriver::inWords).toList();
        if (!core.books().agree()) {
            throw new AssertionError("the books do not agree: " + core.books());
        }
        return effects;
    }

    @CanIgnoreReturnValue
    List<String> joins(AgentProfile agent, String... resuming) {
        return joinsOver("1", agent, resuming);
    }

    @CanIgnoreReturnValue
    List<String> joinsOver(String connection, AgentProfile agent, String... resuming) {
        Set<JobId> jobs = Stream.of(resuming).map(JobId::new).collect(Collectors.toCollection(LinkedHashSet::new));
        return step(new AgentJoined(connection, agent, jobs));
    }

    @CanIgnoreReturnValue
    List<String> reports(AgentProfile agent) {
        return step(new CoreEvent.AgentChanged(agent));
    }

    @CanIgnoreReturnValue
    List<String> drops(String agent) {
        return step(new AgentDropped("1", new AgentId(agent)));
    }

    @CanIgnoreReturnValue
    List<String> goes(String agent) {
        return step(new AgentLeft("1", new AgentId(agent), Optional.empty()));
    }

    @CanIgnoreReturnValue
    List<String> arrives(String request, JobNeeds needs) {
        return step(new RequestArrived(new RequestId(request), needs));
    }

    @CanIgnoreReturnValue
    List<String> leaves(String request) {
        return step(new ClientGone(new RequestId(request), new JobFailure.Cancelled()));
    }

    @CanIgnoreReturnValue
    List<String> firstLine(String job) {
        return step(new FirstLine(new JobId(job)));
    }

    @CanIgnoreReturnValue
    List<String> completes(String agent, String job) {
        return step(new JobEnded(new AgentId(agent), new JobId(job), new JobEnd.Completed(), true));
    }

    @CanIgnoreReturnValue
    List<String> fails(String agent, String job, JobFailure failure) {
        return step(new JobEnded(new AgentId(agent), new JobId(job), new JobEnd.Failed(failure), true));
    }

    /** Lets time pass, with a step at each moment that the core asked for. */
    @CanIgnoreReturnValue
    List<String> passes(Duration time) {
        Instant end = now.plus(time);
        var effects = new ArrayList<String>();
        for (Optional<Instant> wake = core.wakeAt();
                wake.isPresent() && !wake.get().isAfter(end);
                wake = core.wakeAt()) {
            now = wake.get().isAfter(now) ? wake.get() : now;
            effects.addAll(step(new TimePassed()));
        }
        now = end;
        return effects;
    }

    @CanIgnoreReturnValue
    List<String> passesSeconds(long seconds) {
        return passes(Duration.ofSeconds(seconds));
    }

    int waiting() {
        return core.queueView(now).waiting().size();
    }

    List<String> queue() {
        return core.queueView(now).waiting().stream()
                .map(each -> each.request().value())
                .toList();
    }

    FleetView.Agent agent(String id) {
        return core.view().agents().stream()
                .filter(agent -> agent.profile().id().value().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static String inWords(Effect effect) {
        return switch (effect) {
            case Effect.StartJob e ->
                "start " + e.job().value() + " on " + e.agent().value();
            case Effect.StartLoad e ->
                "load " + e.job().value() + " on " + e.agent().value();
            case Effect.ResumeJob e ->
                "resume " + e.job().value() + " on " + e.agent().value();
            case Effect.CancelJob e ->
                "cancel " + e.job().value() + " on " + e.agent().value();
            case Effect.EndRequest e -> "end " + e.request().value() + ": " + inWords(e.end());
        };
    }

    private static String inWords(JobEnd end) {
        return switch (end) {
            case JobEnd.Completed completed -> "Completed";
            case JobEnd.Failed(JobFailure failure) -> failure.getClass().getSimpleName();
        };
    }
}
