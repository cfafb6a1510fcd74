package org.ollamaorchestrator.gateway.api.stream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.ollamaorchestrator.protocol.JobFailure;

/** One answer as it is streamed in one dialect. Used on one event loop, for one answer. */
public interface EventDialect {

    /**
     * The events for some of Ollama's lines, at least one; no event is fine.
     *
     * @throws org.ollamaorchestrator.gateway.jobs.JobFailedException if a line is not what Ollama sends
     */
    byte[] events(List<String> lines);

    /** What fills a silence of Ollama's, so that nobody on the way takes the connection for a dead one. */
    default byte[] keepAlive() {
        return ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
    }

    /** Where a request stands that waits, for a client that asked to be told; the same in every dialect of events. */
    default byte[] inQueue(int position, Duration expected) {
        return "event: queue\ndata: {\"position\":%d,\"expected_seconds\":%d}\n\n"
                .formatted(position, expected.toSeconds())
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The events that follow a whole answer. */
    byte[] end();

    /** The events that tell of a failure after the first byte; nothing follows them. */
    byte[] failure(JobFailure failure);
}
