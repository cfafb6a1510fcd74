package org.ollamaorchestrator.gateway.api;

import java.util.Map;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * What an error says of another try, as headers. The SDKs of OpenAI and Anthropic try again by themselves after 408, 409,
 * 429 and every 5xx; {@code x-should-retry: false} keeps them from it where that would only repeat the failure, or an
 * answer that had begun: whether all of it is to be generated again is not for an SDK to decide.
 */
public final class RetryAdvice {

    private static final Map<String, String> NO_OTHER_TRY = Map.of("x-should-retry", "false");

    private static final int INTERNAL = 500;
    private static final int NOT_IMPLEMENTED = 501;

    private RetryAdvice() {}

    public static Map<String, String> headers(JobFailure failure) {
        return wouldOnlyRepeat(failure) ? NO_OTHER_TRY : FailureStatus.headers(failure);
    }

    private static boolean wouldOnlyRepeat(JobFailure failure) {
        return switch (failure) {
            case JobFailure.NoAgent f -> false;
            case JobFailure.QueueFull f -> false;
            case JobFailure.WaitedTooLong f -> false;
            case JobFailure.LimitReached f -> false;
            case JobFailure.GatewayDraining f -> false;
            case JobFailure.AgentRefused f -> false;
            case JobFailure.OllamaUnreachable f -> false;
            case JobFailure.AgentLost f -> f.linesReceived();
            // Ollama says so of requests that it cannot run; 502 to 504 are its cloud's.
            case JobFailure.OllamaAnswered f -> f.status() == INTERNAL || f.status() == NOT_IMPLEMENTED;
            case JobFailure.OllamaBroke f -> true;
            case JobFailure.Stalled f -> true;
            case JobFailure.ProtocolBroken f -> true;
            case JobFailure.DeadlinePassed f -> true;
            case JobFailure.Cancelled f -> true;
            case JobFailure.SlowClient f -> true;
            // Their status is one after which no SDK tries again.
            case JobFailure.NoSuchModel f -> false;
            case JobFailure.NotForVersion1 f -> false;
            case JobFailure.NotAllowed f -> false;
            case JobFailure.BadRequest f -> false;
            case JobFailure.KeyRevoked f -> false;
            // Nobody knows.
            case JobFailure.Internal f -> false;
        };
    }
}
