package org.ollamaorchestrator.gateway.scheduling;

/** Where a job stands, while its agent has it. */
enum JobState {

    /** Sent to the agent; no line has come back. */
    PLACED,

    /** Lines are coming: from here on nothing is tried again. */
    STREAMING,

    /** It has its end, and the agent has yet to confirm: until then the slot stays taken. */
    RELEASING
}
