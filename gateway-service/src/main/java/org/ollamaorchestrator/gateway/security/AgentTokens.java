package org.ollamaorchestrator.gateway.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentCredentials;

/** The agents' tokens that the owner has given out, by the hashes of their secrets. */
@Singleton
public class AgentTokens implements AgentCredentials {

    private final Map<SecretHash, String> names;
    private final String pepper;

    @Inject
    AgentTokens(GatewayConfig config) {
        this(configured(config), config.pepper().orElse(""));
    }

    /** @param names of the tokens, for people and logs */
    public AgentTokens(Map<SecretHash, String> names, String pepper) {
        this.names = Map.copyOf(names);
        this.pepper = pepper;
    }

    @Override
    public boolean areRequired() {
        return !names.isEmpty();
    }

    @Override
    public Optional<String> nameOf(@Nullable String authorization) {
        return Credentials.of(authorization, null)
                .flatMap(text -> Secret.of(Secret.Kind.AGENT_TOKEN, text))
                .map(secret -> names.get(SecretHash.of(secret, pepper)));
    }

    private static Map<SecretHash, String> configured(GatewayConfig config) {
        var names = new HashMap<SecretHash, String>();
        config.agents().tokens().forEach((name, token) -> {
            SecretHash hash = ApiKeys.hash("orchestrator.agents.tokens." + name + ".hash", token.hash());
            if (names.put(hash, name) != null) {
                throw new IllegalStateException("orchestrator.agents.tokens." + name + ".hash is another token's too");
            }
        });
        return names;
    }
}
