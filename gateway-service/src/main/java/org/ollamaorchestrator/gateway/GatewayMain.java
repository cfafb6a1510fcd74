package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.List;

/** The gateway's command line. Without arguments it serves until it is told to stop. */
@QuarkusMain
public final class GatewayMain {

    private static final int USAGE = 2;

    private static final String HELP = """
            The gateway of OllamaOrchestrator: one endpoint in front of all your Ollama machines.

            Usage: gateway [--version] [--help]

            Without an argument it serves clients on port 3000 and agents on port 8081.

            Environment:
              PORT                             port for clients (3000)
              ORCHESTRATOR_AGENTS_PORT         port for agents (8081)
              ORCHESTRATOR_INSECURE            true: listen on all addresses, although nobody has to prove who they are

            Every other key is in docs/configuration.md.
            """;

    private GatewayMain() {}

    public static void main(String... arguments) {
        List<String> asked = Arrays.asList(arguments);
        if (asked.isEmpty()) {
            Quarkus.run(arguments);
        } else if (asked.equals(List.of("--version"))) {
            System.out.println(GatewayVersion.current());
        } else if (asked.equals(List.of("--help"))) {
            System.out.print(HELP);
        } else {
            System.err.println("unknown argument: " + String.join(" ", asked) + "; try --help");
            System.exit(USAGE);
        }
    }
}
