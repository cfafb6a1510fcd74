package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;

/** The gateway's command line. Without arguments it serves until it is told to stop. */
@QuarkusMain
public final class GatewayMain {

    private static final int USAGE = 2;

    private static final String HELP = """
            The gateway of OllamaOrchestrator: one endpoint in front of all your Ollama machines.

            Usage: gateway [--version] [--help] [new-key] [new-agent-token]

            Without an argument it serves clients on port 3000 and agents on port 8081.
            new-key and new-agent-token print a new secret, and the hash of it for the gateway's configuration.

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
        } else if (asked.equals(List.of("new-key"))) {
            printSecret(Secret.Kind.API_KEY, "orchestrator.keys.NAME.hash");
        } else if (asked.equals(List.of("new-agent-token"))) {
            printSecret(Secret.Kind.AGENT_TOKEN, "orchestrator.agents.tokens.NAME.hash");
        } else if (asked.equals(List.of("--help"))) {
            System.out.print(HELP);
        } else {
            System.err.println("unknown argument: " + String.join(" ", asked) + "; try --help");
            System.exit(USAGE);
        }
    }

    /** The secret is shown here and nowhere else; the gateway is given its hash. */
    private static void printSecret(Secret.Kind kind, String key) {
        Secret secret = Secret.random(kind);
        String pepper =
                Optional.ofNullable(System.getenv("ORCHESTRATOR_PEPPER")).orElse("");
        System.out.println("secret, for whoever is to use it: " + secret.reveal());
        System.out.println("for the gateway's configuration:  " + key + "="
                + SecretHash.of(secret, pepper).hex());
    }
}
