package org.ollamaorchestrator.gateway.observability;

/** The fields that a line of the log has beside its text, where the log is JSON; {@code docs/monitoring.md} tells them. */
final class LogKeys {

    static final String JOB = "job";
    static final String REQUEST = "request";
    static final String DIALECT = "dialect";
    static final String KEY = "key";
    static final String OPERATION = "operation";
    static final String MODEL = "model";
    static final String AGENT = "agent";
    static final String END = "end";
    static final String QUEUED_MILLIS = "queuedMs";
    static final String LOAD_MILLIS = "loadMs";
    static final String FIRST_LINE_MILLIS = "firstLineMs";
    static final String DURATION_MILLIS = "durationMs";
    static final String PROMPT_TOKENS = "promptTokens";
    static final String ANSWER_TOKENS = "answerTokens";
    static final String EXACT = "exact";

    private LogKeys() {}
}
