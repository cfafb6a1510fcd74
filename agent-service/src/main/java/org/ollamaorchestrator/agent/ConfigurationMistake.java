package org.ollamaorchestrator.agent;

/** The agent cannot start as it is configured; the message is a sentence that says what to change, without any secret. */
final class ConfigurationMistake extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ConfigurationMistake(String message) {
        super(message);
    }
}
