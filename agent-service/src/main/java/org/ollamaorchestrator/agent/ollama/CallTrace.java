package org.ollamaorchestrator.agent.ollama;

import java.util.Optional;

/** Follows one call of Ollama, for traces. To be used on the agent's context only. */
public interface CallTrace {

    /**
     * The request is about to be sent.
     *
     * @return the {@code traceparent} that Ollama is told, if somebody follows
     */
    Optional<String> calls(String method, String host, int port, String path);

    /** Ollama has answered, with its status. */
    void answered(int status);
}
