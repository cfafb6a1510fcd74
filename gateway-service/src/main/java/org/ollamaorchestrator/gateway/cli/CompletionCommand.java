package org.ollamaorchestrator.gateway.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** What makes a shell complete these commands. */
@Command(name = "completion", description = "Prints completion for bash and zsh: source <(gateway completion)")
final class CompletionCommand implements Runnable {

    private final Surroundings surroundings;

    CompletionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        surroundings.out().println(AutoComplete.bash("gateway", GatewayCommandLine.of(surroundings)));
    }
}
