package org.ollamaorchestrator.gateway.cli;

/** A command that ends here; its message is the one sentence that is printed. */
final class CommandFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    CommandFailedException(ExitCode code, String sentence) {
        super(sentence, null, false, false);
        this.code = code;
    }

    static CommandFailedException failed(String sentence) {
        return new CommandFailedException(ExitCode.FAILED, sentence);
    }

    static CommandFailedException usage(String sentence) {
        return new CommandFailedException(ExitCode.USAGE, sentence);
    }

    ExitCode code() {
        return code;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }
}
