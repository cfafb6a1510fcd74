package org.ollamaorchestrator.agent.bridge;

import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.JobFailure;

/**
 * How one job's lines and its end are told to the gateway; each version of the protocol has its own way. An answer has a
 * listener, the connection that its job came on or was resumed on, or it is <em>held</em>: then nothing is sent.
 */
sealed interface Answer permits LineAnswer, TokenAnswer {

    /** How the answer's job hears of it. */
    interface Progress {

        /** Lines or acknowledgements moved, so {@link #wantsMore} may have changed. */
        void flushed();

        /** The window has become full: no more can be sent until something is acknowledged. */
        void windowFull();

        /** The end was sent to the present listener. */
        void told();

        /** Nothing is left to tell or to keep; the answer is over. Called once, after {@link #told} if that is called. */
        void settled();
    }

    void line(OllamaLine line);

    /** Tells the end, after all lines. Null means that the answer is complete. */
    void end(@Nullable JobFailure failure);

    /** Tells a failure without the lines that still wait. */
    void endNow(JobFailure failure);

    /** Tells a failure if anybody listens who was not told an end yet. Keeps nothing in any case. */
    void abort(JobFailure failure);

    /** The connection is gone: nothing is sent until there is a listener. */
    void hold();

    boolean held();

    /** Whether the end was sent to the present listener. */
    boolean endTold();

    void acknowledged(long seq);

    /** Whether the job should go on reading. */
    boolean wantsMore();

    /** How many lines Ollama has sent so far. */
    long lines();
}
