package org.ollamaorchestrator.gateway.api.stream;

import java.util.List;

/** One answer that its client wants in one piece, put together from Ollama's stream. Used on one event loop. */
public interface WholeAnswer {

    /** Takes in some of Ollama's lines. */
    void add(List<String> lines);

    /**
     * The answer's JSON, once all lines are in.
     *
     * @throws org.ollamaorchestrator.gateway.jobs.JobFailedException if they are not a whole answer
     */
    byte[] body();
}
