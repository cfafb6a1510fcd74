package org.ollamaorchestrator.simulator;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request as the simulator saw it, at the moment of the snapshot.
 *
 * @param sequence counts from 1 in order of arrival
 * @param headers looked up regardless of case; repeated headers are joined by a comma
 * @param model the model as the client named it, if the body named one
 * @param firstByteAt when the head of the answer was written
 * @param endedAt when the answer was complete, or the connection gone
 * @param tokensSent tokens written, or gathered for an answer that is not streamed
 * @param leftIn the phase in which the client left, if it left
 */
public record Observed(
        long sequence,
        String method,
        String path,
        Map<String, String> headers,
        String body,
        @Nullable String model,
        Instant receivedAt,
        @Nullable Instant firstByteAt,
        @Nullable Instant endedAt,
        Phase phase,
        Outcome outcome,
        int tokensSent,
        @Nullable Phase leftIn) {

    public Observed {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    /** Whether nothing more will happen to this request. */
    public boolean ended() {
        return outcome.ended();
    }
}
