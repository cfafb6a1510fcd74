package org.ollamaorchestrator.gateway.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;

/**
 * What a command is run in.
 *
 * @param out what was asked for, and nothing else: scripts read it
 * @param err what a person is told beside it
 * @param terminal whether a person watches, so that a line may be drawn again
 */
record Surroundings(Map<String, String> environment, PrintWriter out, PrintWriter err, boolean terminal) {

    Surroundings {
        environment = Map.copyOf(environment);
    }

    static Surroundings ofProcess() {
        return new Surroundings(
                System.getenv(),
                new PrintWriter(System.out, true, System.out.charset()),
                new PrintWriter(System.err, true, System.err.charset()),
                Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent());
    }

    /** Empty if it is not set, or set to nothing. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }
}
