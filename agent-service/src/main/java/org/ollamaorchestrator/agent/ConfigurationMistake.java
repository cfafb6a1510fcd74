package org.ollamaorchestrator.agent;

import java.io.IOException;
import java.nio.file.FileSystemException;

/** The agent cannot start as it is configured; the message is a sentence that says what to change, without any secret. */
final class ConfigurationMistake extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ConfigurationMistake(String message) {
        super(message);
    }

    /** The state directory cannot be read or written. */
    static ConfigurationMistake ofStateDirectory(IOException cause) {
        String problem = cause instanceof FileSystemException e
                ? e.getFile() + ": " + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason())
                : cause.getMessage();
        return new ConfigurationMistake("orchestrator.state-dir cannot be used: " + problem);
    }
}
