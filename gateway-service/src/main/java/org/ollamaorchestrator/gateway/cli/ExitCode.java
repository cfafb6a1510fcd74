package org.ollamaorchestrator.gateway.cli;

/** How a command ended, for the script that ran it. */
enum ExitCode {
    DONE(0),
    /** The gateway could not do it, or a model's change failed somewhere. */
    FAILED(1),
    /** The command is written wrongly. */
    USAGE(2),
    /** No gateway was reached. */
    UNREACHABLE(3),
    /** The gateway wants a key, or another one. */
    NOT_ALLOWED(4);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
