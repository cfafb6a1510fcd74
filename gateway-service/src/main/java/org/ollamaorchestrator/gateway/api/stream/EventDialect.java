package org.ollamaorchestrator.gateway.api.stream;

import java.util.List;
import org.ollamaorchestrator.protocol.JobFailure;

/** One answer in one dialect's server-sent events. Used on one event loop, for one answer. */
public interface EventDialect {

    /**
     * The events for some of Ollama's lines; none is fine.
     *
     * @throws org.ollamaorchestrator.gateway.jobs.JobFailedException if a line is not what Ollama sends
     */
    byte[] events(List<String> lines);

    /** The events that follow a whole answer. */
    byte[] end();

    /** The events that tell of a failure after the first byte; nothing follows them. */
    byte[] failure(JobFailure failure);
}
