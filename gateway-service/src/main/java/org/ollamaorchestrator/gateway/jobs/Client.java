package org.ollamaorchestrator.gateway.jobs;

import java.util.Optional;

/** The client's side of a job, as far as jobs have to know it. */
public interface Client {

    /** What the client's request is called in its answer, so that the log can be searched for it. */
    String requestId();

    /** Of the trace that its request belongs to, in W3C's form; empty if nobody follows. */
    Optional<String> traceparent();

    /** What the dialect is called in which its request came. */
    String dialect();

    /** The answer begins, and comes from this agent: told before any line of it is handed over. From any thread. */
    void answeredBy(String agentName);

    /** Runs the task on the event loop of the client's connection: at once if that is the current thread, else soon. */
    void onEventLoop(Runnable task);

    /** Ends the client's connection as it is: it has not taken what waited for it. From any thread. */
    void abort();
}
