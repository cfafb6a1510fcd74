package org.ollamaorchestrator.gateway.cli;

import java.util.List;
import org.ollamaorchestrator.gateway.GatewayVersion;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The commands, in the gateway's own binary. They are run before anything of the server is started, and need nothing of it.
 */
public final class GatewayCommandLine {

    private static final String SERVES =
            "%nWithout an argument it serves clients on port 3000 and agents on port 8081:%n%n"
                    + "  PORT                      port for clients (3000)%n"
                    + "  ORCHESTRATOR_AGENTS_PORT  port for agents (8081)%n"
                    + "  ORCHESTRATOR_INSECURE     true: listen on all addresses, although nobody has to prove who they are%n"
                    + "%nEvery other key is in docs/configuration.md.%n%nCommands ask a gateway that runs:%n%n"
                    + "  ORCHESTRATOR_URL          where it is (http://localhost:3000)%n"
                    + "  ORCHESTRATOR_KEY          the API key%n";

    private GatewayCommandLine() {}

    /** @return the process's exit code */
    public static int run(List<String> arguments) {
        return run(Surroundings.ofProcess(), arguments);
    }

    static int run(Surroundings surroundings, List<String> arguments) {
        return of(surroundings).execute(arguments.toArray(String[]::new));
    }

    static CommandLine of(Surroundings surroundings) {
        var gateway = new GatewayCommand(surroundings);
        CommandLine commands = new CommandLine(gateway)
                .addSubcommand(new StatusCommand(gateway))
                .addSubcommand(new AgentsCommand(gateway))
                .addSubcommand(new QueueCommand(gateway))
                .addSubcommand(new ModelsCommand(gateway))
                .addSubcommand(new KeysCommand(gateway))
                .addSubcommand(new NewSecretCommands.NewKey(surroundings))
                .addSubcommand(new NewSecretCommands.NewAgentToken(surroundings))
                .addSubcommand(new CompletionCommand(surroundings));
        commands.getCommandSpec().version(GatewayVersion.current());
        commands.getCommandSpec().usageMessage().footer(SERVES);
        return commands.setOut(surroundings.out())
                .setErr(surroundings.err())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(surroundings, failure))
                .setParameterExceptionHandler((wrong, given) -> misused(surroundings, wrong));
    }

    private static int failed(Surroundings surroundings, Exception failure) throws Exception {
        if (failure instanceof CommandFailedException known) {
            surroundings.err().println(known.sentence());
            return known.code().number();
        }
        throw failure;
    }

    private static int misused(Surroundings surroundings, ParameterException wrong) {
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        surroundings.err().println(Table.shown(String.valueOf(wrong.getMessage())) + "; try " + command + " --help");
        return ExitCode.USAGE.number();
    }
}
