package org.ollamaorchestrator.gateway.cli;

import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import picocli.CommandLine.Command;

/** Secrets for a gateway that has them in its configuration, by their hashes. Nobody is asked, and nothing is kept. */
final class NewSecretCommands {

    private NewSecretCommands() {}

    @Command(name = "new-key", description = "Prints a new API key, and its hash for the gateway's configuration.")
    static final class NewKey implements Runnable {

        private final Surroundings surroundings;

        NewKey(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        @Override
        public void run() {
            print(surroundings, Secret.Kind.API_KEY, "orchestrator.keys.NAME.hash");
        }
    }

    @Command(
            name = "new-agent-token",
            description = "Prints a new agent's token, and its hash for the gateway's configuration.")
    static final class NewAgentToken implements Runnable {

        private final Surroundings surroundings;

        NewAgentToken(Surroundings surroundings) {
            this.surroundings = surroundings;
        }

        @Override
        public void run() {
            print(surroundings, Secret.Kind.AGENT_TOKEN, "orchestrator.agents.tokens.NAME.hash");
        }
    }

    /** The secret is shown here and nowhere else; the gateway is given its hash. */
    private static void print(Surroundings surroundings, Secret.Kind kind, String key) {
        Secret secret = Secret.random(kind);
        String pepper = surroundings.variable("ORCHESTRATOR_PEPPER").orElse("");
        surroundings.out().println("secret, for whoever is to use it: " + secret.reveal());
        surroundings
                .out()
                .println("for the gateway's configuration:  " + key + "="
                        + SecretHash.of(secret, pepper).hex());
    }
}
