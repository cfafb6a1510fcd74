package org.ollamaorchestrator.gateway.models;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.gateway.models.PartEvent.Begun;
import org.ollamaorchestrator.gateway.models.PartEvent.CancelAsked;
import org.ollamaorchestrator.gateway.models.PartEvent.Completed;
import org.ollamaorchestrator.gateway.models.PartEvent.FailedBy;
import org.ollamaorchestrator.gateway.models.PartEvent.TimePassed;
import org.ollamaorchestrator.gateway.models.PartEvent.Told;
import org.ollamaorchestrator.gateway.models.PartState.Cancelled;
import org.ollamaorchestrator.gateway.models.PartState.Done;
import org.ollamaorchestrator.gateway.models.PartState.Failed;
import org.ollamaorchestrator.gateway.models.PartState.Running;
import org.ollamaorchestrator.gateway.models.PartState.Waiting;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * One agent's part of an operation. Pure: what happens goes in, and the part as it is afterwards comes out.
 *
 * @param name the agent's, for people
 * @param attempts how often it was begun, without those that its agent had no room for
 */
record Part(AgentId agent, String name, PartState state, Progress progress, int attempts) {

    /** An agent that is lost again and again in the middle of a pull will not finish the next one either. */
    static final int ATTEMPTS_MAX = 5;

    /** A machine that restarts is back by then; Ollama keeps what it has of a pull. */
    static final Duration BACK_WITHIN = Duration.ofMinutes(10);

    /** Between two attempts: no hot loop, and soon enough for a person who watches. */
    static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Waiting FOR_ITS_TURN = new Waiting("", Instant.MIN, Optional.empty());

    static Part of(AgentId agent, String name) {
        return new Part(agent, name, FOR_ITS_TURN, Progress.NONE, 0);
    }

    Part after(PartEvent event, Instant now) {
        return switch (state) {
            case Waiting waiting -> afterWaiting(waiting, event, now);
            case Running running -> afterRunning(event, now);
            // What still comes after the end is late, and normal.
            case Done done -> this;
            case Failed failed -> this;
            case Cancelled cancelled -> this;
        };
    }

    private Part afterWaiting(Waiting waiting, PartEvent event, Instant now) {
        return switch (event) {
            case Begun e -> new Part(agent, name, new Running(), progress, attempts + 1);
            case CancelAsked e -> in(new Cancelled());
            case TimePassed(boolean agentThere) -> in(agentThere ? there(waiting) : away(waiting, now));
            case Told e -> throw impossible(event);
            case Completed e -> throw impossible(event);
            case FailedBy e -> throw impossible(event);
        };
    }

    private Part afterRunning(PartEvent event, Instant now) {
        return switch (event) {
            case Told(String line) -> new Part(agent, name, state, progress.after(line), attempts);
            case Completed e -> in(new Done());
            case FailedBy(JobFailure failure) -> failed(failure, now);
            case CancelAsked e -> in(new Cancelled());
            case TimePassed e -> this;
            case Begun e -> throw impossible(event);
        };
    }

    private static PartState there(Waiting waiting) {
        return new Waiting(waiting.why(), waiting.notBefore(), Optional.empty());
    }

    private static PartState away(Waiting waiting, Instant now) {
        Instant until = waiting.awayUntil().orElse(now.plus(BACK_WITHIN));
        return now.isBefore(until)
                ? new Waiting("the agent is not there", waiting.notBefore(), Optional.of(until))
                : new Failed(new JobFailure.AgentLost(false));
    }

    private Part failed(JobFailure failure, Instant now) {
        Waiting again = new Waiting(failure.message(), now.plus(PAUSE), Optional.empty());
        return switch (retry(failure)) {
            case NEVER -> in(new Failed(failure));
            case COUNTED -> in(attempts < ATTEMPTS_MAX ? again : new Failed(failure));
            case UNCOUNTED -> new Part(agent, name, again, progress, attempts - 1);
        };
    }

    private enum Retry {
        NEVER,
        COUNTED,
        UNCOUNTED
    }

    private static Retry retry(JobFailure failure) {
        return switch (failure) {
            case JobFailure.AgentRefused f -> Retry.UNCOUNTED;
            case JobFailure.AgentLost f -> Retry.COUNTED;
            case JobFailure.OllamaUnreachable f -> Retry.COUNTED;
            case JobFailure.OllamaAnswered f -> f.status() == 503 ? Retry.COUNTED : Retry.NEVER;
            case JobFailure.NoAgent f -> Retry.NEVER;
            case JobFailure.NoSuchModel f -> Retry.NEVER;
            case JobFailure.QueueFull f -> Retry.NEVER;
            case JobFailure.WaitedTooLong f -> Retry.NEVER;
            case JobFailure.LimitReached f -> Retry.NEVER;
            case JobFailure.KeyRevoked f -> Retry.NEVER;
            case JobFailure.GatewayDraining f -> Retry.NEVER;
            case JobFailure.NotForVersion1 f -> Retry.NEVER;
            case JobFailure.NotAllowed f -> Retry.NEVER;
            // Ollama was lost, or its registry was: a pull that failed for a reason of its own fails again.
            case JobFailure.OllamaBroke f -> Retry.NEVER;
            case JobFailure.Stalled f -> Retry.NEVER;
            case JobFailure.BadRequest f -> Retry.NEVER;
            case JobFailure.DeadlinePassed f -> Retry.NEVER;
            case JobFailure.Cancelled f -> Retry.NEVER;
            case JobFailure.ProtocolBroken f -> Retry.NEVER;
            case JobFailure.SlowClient f -> Retry.NEVER;
            case JobFailure.Internal f -> Retry.NEVER;
        };
    }

    private Part in(PartState next) {
        return new Part(agent, name, next, progress, attempts);
    }

    private IllegalStateException impossible(PartEvent event) {
        return new IllegalStateException(
                event.getClass().getSimpleName() + " cannot happen to a part that is " + state.wireName());
    }
}
