package org.ollamaorchestrator.simulator;

/** An error answered before anything else: Ollama's status and words. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    Refusal(int status, String message) {
        // It carries an answer, not a fault: nobody looks at its stack.
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
