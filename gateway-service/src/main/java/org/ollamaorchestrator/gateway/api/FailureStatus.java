package org.ollamaorchestrator.gateway.api;

import java.util.Map;
import org.ollamaorchestrator.protocol.JobFailure;

/** The HTTP status of a failure that comes before the first byte of an answer, the same in all dialects. */
public final class FailureStatus {

    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY = 429;
    private static final int INTERNAL = 500;
    private static final int BAD_GATEWAY = 502;
    private static final int UNAVAILABLE = 503;
    private static final int GATEWAY_TIMEOUT = 504;

    private FailureStatus() {}

    public static int of(JobFailure failure) {
        return switch (failure) {
            case JobFailure.NoAgent f -> UNAVAILABLE;
            case JobFailure.NoSuchModel f -> NOT_FOUND;
            case JobFailure.QueueFull f -> TOO_MANY;
            case JobFailure.WaitedTooLong f -> UNAVAILABLE;
            case JobFailure.LimitReached f -> TOO_MANY;
            case JobFailure.KeyRevoked f -> UNAUTHORIZED;
            case JobFailure.GatewayDraining f -> UNAVAILABLE;
            case JobFailure.Stalled f -> GATEWAY_TIMEOUT;
            case JobFailure.AgentRefused f -> UNAVAILABLE;
            case JobFailure.OllamaUnreachable f -> UNAVAILABLE;
            case JobFailure.NotForVersion1 f -> BAD_REQUEST;
            case JobFailure.NotAllowed f -> FORBIDDEN;
            case JobFailure.BadRequest f -> BAD_REQUEST;
            case JobFailure.OllamaAnswered f ->
                f.status() < INTERNAL || f.status() == UNAVAILABLE ? f.status() : BAD_GATEWAY;
            case JobFailure.OllamaBroke f -> BAD_GATEWAY;
            case JobFailure.AgentLost f -> BAD_GATEWAY;
            case JobFailure.ProtocolBroken f -> BAD_GATEWAY;
            case JobFailure.DeadlinePassed f -> GATEWAY_TIMEOUT;
            case JobFailure.Cancelled f -> REQUEST_TIMEOUT;
            case JobFailure.SlowClient f -> REQUEST_TIMEOUT;
            case JobFailure.Internal f -> INTERNAL;
        };
    }

    /** {@code Retry-After} for what may be better in a while: whole seconds, as every client can read them. */
    public static Map<String, String> headers(JobFailure failure) {
        return failure.retryAfter()
                .map(time -> Map.of("Retry-After", String.valueOf(Math.max(1, time.toSeconds()))))
                .orElse(Map.of());
    }
}
