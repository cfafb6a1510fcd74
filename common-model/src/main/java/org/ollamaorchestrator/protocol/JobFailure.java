package org.ollamaorchestrator.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Every way in which a job can fail. What a peer may do wrong is one of these and not an exception; each public API turns
 * it into its own error form.
 */
public sealed interface JobFailure {

    /** No agent is connected and able to take jobs. */
    record NoAgent() implements JobFailure {}

    /** Agents are there, but none has the model. */
    record NoSuchModel(ModelName model) implements JobFailure {}

    /** Agents have the model, but each is at work with all its slots. */
    record AllBusy(ModelName model) implements JobFailure {}

    /** Only agents of version 1 have the model, and they cannot take such a request. */
    record NotForVersion1(String why) implements JobFailure {}

    /** The agent had no free slot after all, or is going away: it never began. */
    record AgentRefused(boolean draining) implements JobFailure {}

    /** The agent cannot reach its Ollama, or lost it before the first line. */
    record OllamaUnreachable(String why) implements JobFailure {}

    /** Ollama answered with an error status; the body is its own, unchanged. */
    record OllamaAnswered(int status, @Nullable String contentType, String body) implements JobFailure {}

    /** Ollama began to answer and then sent an error line, or ended before the answer was whole. */
    record OllamaBroke(String error) implements JobFailure {}

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
            case BadRequest f -> Fault.CLIENT;
            case Cancelled f -> Fault.CLIENT;
            case SlowClient f -> Fault.CLIENT;
            case NoAgent f -> Fault.FLEET;
            case AllBusy f -> Fault.FLEET;
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

    /** Whether another agent might succeed, provided that no line had been received. */
    default boolean retryable() {
        return switch (this) {
            case AgentRefused f -> true;
            case OllamaUnreachable f -> true;
            case OllamaAnswered f -> f.status() == 503;
            case AgentLost f -> !f.linesReceived();
            case NoAgent f -> false;
            case NoSuchModel f -> false;
            case AllBusy f -> false;
            case NotForVersion1 f -> false;
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
            case AllBusy f -> "every agent that has the model \"%s\" is busy".formatted(f.model());
            case NotForVersion1 f -> f.why();
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
