package org.ollamaorchestrator.protocol;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every way in which a job can fail. What a peer may do wrong is one of these and not an exception; each public API turns
 * it into its own error form.
 */
public sealed interface JobFailure {

    /** Where there is nothing to estimate from: soon, but not at once. */
    Duration SOON = Duration.ofSeconds(1);

    /** No agent is connected and able to take jobs. */
    record NoAgent() implements JobFailure {}

    /** Agents are there, but none has the model. */
    record NoSuchModel(ModelName model) implements JobFailure {}

    /**
     * As many requests wait as may.
     *
     * @param ofOneKey of the client's own key, that is; else of all together
     * @param untilRoom how long until there is room, probably
     */
    record QueueFull(boolean ofOneKey, Duration untilRoom) implements JobFailure {}

    /**
     * No slot became free within the time that a request may wait.
     *
     * @param untilRoom how long until another one would have its turn, probably
     */
    record WaitedTooLong(Duration untilRoom) implements JobFailure {}

    /**
     * The client's key has used up what it may.
     *
     * @param limit which of its limits, in words
     * @param untilMore how long until it may use more
     */
    record LimitReached(String limit, Duration untilMore) implements JobFailure {}

    /** The client's key was taken back while its request waited or ran. */
    record KeyRevoked() implements JobFailure {}

    /** The gateway is going away, and takes no new requests. */
    record GatewayDraining() implements JobFailure {}

    /** Only agents of version 1 have the model, and they cannot take such a request. */
    record NotForVersion1(String why) implements JobFailure {}

    /** No owner of an agent that has the model lets a gateway ask for that. */
    record NotAllowed(Operation operation) implements JobFailure {}

    /** The agent had no free slot after all, or is going away: it never began. */
    record AgentRefused(boolean draining) implements JobFailure {}

    /** The agent cannot reach its Ollama, or lost it before the first line. */
    record OllamaUnreachable(String why) implements JobFailure {}

    /** Ollama answered with an error status; the body is its own, unchanged. */
    record OllamaAnswered(int status, @Nullable String contentType, String body) implements JobFailure {}

    /** Ollama began to answer and then sent an error line, or ended before the answer was whole. */
    record OllamaBroke(String error) implements JobFailure {}

    /** Ollama sent nothing for longer than a job may be silent. */
    record Stalled() implements JobFailure {}

    /** The request itself cannot be run, whoever tries. */
    record BadRequest(String why) implements JobFailure {}

    /** The job's time was over before its end. */
    record DeadlinePassed() implements JobFailure {}

    /** The client left, or somebody ended the job on purpose. */
    record Cancelled() implements JobFailure {}

    /** The agent's connection ended with the job still running. */
    record AgentLost(boolean linesReceived) implements JobFailure {}

    /** The agent broke the protocol; its connection was closed for it. */
    record ProtocolBroken(String why) implements JobFailure {}

    /** The client took nothing of what waited for it for too long, or let more wait than may. */
    record SlowClient(String why) implements JobFailure {}

    /** The gateway itself is at fault; its log says how. */
    record Internal() implements JobFailure {}

    /** Who has to do something about a failure. */
    enum Fault {
        CLIENT,
        FLEET,
        AGENT,
        OLLAMA,
        GATEWAY
    }

    default Fault fault() {
        return switch (this) {
            case NoSuchModel f -> Fault.CLIENT;
            case NotForVersion1 f -> Fault.CLIENT;
            case NotAllowed f -> Fault.FLEET;
            case BadRequest f -> Fault.CLIENT;
            case Cancelled f -> Fault.CLIENT;
            case SlowClient f -> Fault.CLIENT;
            case NoAgent f -> Fault.FLEET;
            case QueueFull f -> f.ofOneKey() ? Fault.CLIENT : Fault.FLEET;
            case WaitedTooLong f -> Fault.FLEET;
            case LimitReached f -> Fault.CLIENT;
            case KeyRevoked f -> Fault.CLIENT;
            case GatewayDraining f -> Fault.GATEWAY;
            case Stalled f -> Fault.OLLAMA;
            case AgentRefused f -> Fault.FLEET;
            case DeadlinePassed f -> Fault.FLEET;
            case AgentLost f -> Fault.AGENT;
            case ProtocolBroken f -> Fault.AGENT;
            case OllamaUnreachable f -> Fault.OLLAMA;
            case OllamaAnswered f -> f.status() < 500 ? Fault.CLIENT : Fault.OLLAMA;
            case OllamaBroke f -> Fault.OLLAMA;
            case Internal f -> Fault.GATEWAY;
        };
    }

    /** When it may be better, as far as anybody can tell. */
    default Optional<Duration> retryAfter() {
        return switch (this) {
            case QueueFull f -> Optional.of(f.untilRoom());
            case WaitedTooLong f -> Optional.of(f.untilRoom());
            case LimitReached f -> Optional.of(f.untilMore());
            case GatewayDraining f -> Optional.of(SOON);
            case NoAgent f -> Optional.of(SOON);
            case AgentRefused f -> Optional.of(SOON);
            case OllamaUnreachable f -> Optional.of(SOON);
            case OllamaAnswered f -> f.status() == 503 ? Optional.of(SOON) : Optional.empty();
            case NoSuchModel f -> Optional.empty();
            case NotForVersion1 f -> Optional.empty();
            case NotAllowed f -> Optional.empty();
            case OllamaBroke f -> Optional.empty();
            case Stalled f -> Optional.empty();
            case BadRequest f -> Optional.empty();
            case KeyRevoked f -> Optional.empty();
            case DeadlinePassed f -> Optional.empty();
            case Cancelled f -> Optional.empty();
            case AgentLost f -> Optional.empty();
            case ProtocolBroken f -> Optional.empty();
            case SlowClient f -> Optional.empty();
            case Internal f -> Optional.empty();
        };
    }

    /** Whether another agent might succeed, provided that no line had been received. */
    default boolean retryable() {
        return switch (this) {
            case AgentRefused f -> true;
            case OllamaUnreachable f -> true;
            case OllamaAnswered f -> f.status() == 503;
            case AgentLost f -> !f.linesReceived();
            case NoAgent f -> false;
            case NoSuchModel f -> false;
            case QueueFull f -> false;
            case WaitedTooLong f -> false;
            case LimitReached f -> false;
            case KeyRevoked f -> false;
            case GatewayDraining f -> false;
            case Stalled f -> false;
            case NotForVersion1 f -> false;
            case NotAllowed f -> false;
            case OllamaBroke f -> false;
            case BadRequest f -> false;
            case DeadlinePassed f -> false;
            case Cancelled f -> false;
            case ProtocolBroken f -> false;
            case SlowClient f -> false;
            case Internal f -> false;
        };
    }

    /** One sentence for a person; it holds nothing of a prompt or an answer, except where Ollama's own error does. */
    default String message() {
        return switch (this) {
            case NoAgent f -> "no agent is connected";
            case NoSuchModel f -> "no agent has the model \"%s\"".formatted(f.model());
            case QueueFull f ->
                f.ofOneKey()
                        ? "as many requests of this key wait as may; try again later"
                        : "as many requests wait as may; try again later";
            case WaitedTooLong f -> "no agent that has the model became free in time; try again later";
            case LimitReached f -> "this key has used up its limit of " + f.limit() + "; try again later";
            case KeyRevoked f -> "the API key was revoked";
            case GatewayDraining f -> "the gateway is going away and takes no new requests";
            case Stalled f -> "Ollama sent nothing for too long";
            case NotForVersion1 f -> f.why();
            case NotAllowed f ->
                "the owners of the agents that have the model do not allow \"%s\""
                        .formatted(f.operation().wireName());
            case AgentRefused f -> f.draining() ? "the agent is going away" : "the agent has no free slot";
            case OllamaUnreachable f -> "the agent cannot reach its Ollama: " + f.why();
            case OllamaAnswered f -> "Ollama answered with status " + f.status();
            case OllamaBroke f -> f.error();
            case BadRequest f -> f.why();
            case DeadlinePassed f -> "the job did not end within its time";
            case Cancelled f -> "the job was cancelled";
            case AgentLost f -> "the agent's connection was lost";
            case ProtocolBroken f -> "the agent broke the protocol: " + f.why();
            case SlowClient f -> f.why();
            case Internal f -> "an error in the gateway; its log says more";
        };
    }
}
