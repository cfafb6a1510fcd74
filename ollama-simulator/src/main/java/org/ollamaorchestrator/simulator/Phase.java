package org.ollamaorchestrator.simulator;

/** How far one request has come. */
public enum Phase {
    /** Read, and not yet waiting for a model; requests that need none never leave this phase. */
    RECEIVED,
    /** Waiting for a slot, or for another request's load. */
    QUEUED,
    /** Its model is being loaded for it. */
    LOADING,
    /** Has its slot; the prompt is being read. */
    PREFILL,
    /** Tokens are being generated, whether they are streamed or gathered. */
    STREAMING,
    /** Scripted to say nothing more in the middle of its tokens. */
    STALLED,
    /** Scripted never to say anything. */
    HANGING
}
