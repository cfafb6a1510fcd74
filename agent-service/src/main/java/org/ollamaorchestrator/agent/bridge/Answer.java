package org.ollamaorchestrator.agent.bridge;

import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.JobFailure;

/** How one job's lines and its end are told to the gateway; each version of the protocol has its own way. */
sealed interface Answer permits LineAnswer, TokenAnswer {

    /** How the answer's job hears of it. */
    interface Progress {

        /** Lines or acknowledgements moved, so {@link #wantsMore} may have changed. */
        void flushed();

        /** The end was sent; the answer is over. */
        void told();
    }

    void line(OllamaLine line);

    /** Tells the end, after all lines. Null means that the answer is complete. */
    void end(@Nullable JobFailure failure);

    /** Tells a failure at once; lines that still wait are dropped. */
    void endNow(JobFailure failure);

    /** Nobody is left to tell anything to. */
    void drop();

    void acknowledged(long seq);

    /** Whether the job should go on reading. */
    boolean wantsMore();

    /** How many lines Ollama has sent so far. */
    long lines();
}
