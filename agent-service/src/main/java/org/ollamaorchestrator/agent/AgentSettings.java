package org.ollamaorchestrator.agent;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.ollamaorchestrator.agent.connection.AgentProfile;
import org.ollamaorchestrator.agent.connection.GatewayAddress;
import org.ollamaorchestrator.agent.connection.Proxies;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * The configuration after it was understood.
 *
 * @param models what may be served; empty means whatever Ollama has
 */
public record AgentSettings(
        GatewayAddress gateway,
        Proxies proxies,
        URI ollamaUrl,
        Duration ollamaPoll,
        List<ModelName> models,
        AgentProfile profile,
        Duration reconnectMax,
        Duration drainTimeout) {

    public AgentSettings {
        models = List.copyOf(models);
    }

    /**
     * Reads the configuration and keeps the identity.
     *
     * @param environment of the process, for its proxies
     * @throws ConfigurationMistake with a sentence for who has to correct it
     */
    static AgentSettings of(AgentConfig config, Map<String, String> environment) {
        return new AgentSettings(
                sensible(
                        "orchestrator.gateway.url",
                        () -> GatewayAddress.of(config.gateway().url(), token(config))),
                sensible("the environment", () -> Proxies.of(environment)),
                ollamaUrl(config.ollama().url()),
                positive("orchestrator.ollama.poll", config.ollama().poll()),
                models(config),
                profile(config),
                positive("orchestrator.reconnect.max", config.reconnect().max()),
                config.drainTimeout());
    }

    private static AgentProfile profile(AgentConfig config) {
        return new AgentProfile(
                sensible("orchestrator.agent-id", () -> agentId(config)),
                new InstanceId(newId()),
                config.name().orElseGet(AgentSettings::hostName),
                AgentVersion.current(),
                slots(config),
                config.labels());
    }

    private static AgentId agentId(AgentConfig config) {
        return config.agentId()
                .map(AgentId::new)
                .or(() ->
                        config.stateDir().map(directory -> new IdentityFile(directory).keep(AgentSettings::newAgentId)))
                .orElseGet(AgentSettings::newAgentId);
    }

    private static AgentId newAgentId() {
        return new AgentId(newId());
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static Optional<String> token(AgentConfig config) {
        return config.token().map(String::strip).filter(token -> !token.isEmpty());
    }

    /** In Ollama's own world 0 or nothing means that Ollama decides, which is 1. */
    private static int slots(AgentConfig config) {
        if (config.slots().isPresent()) {
            int slots = config.slots().get();
            if (slots < 1) {
                throw new ConfigurationMistake("orchestrator.slots is " + slots + ", but an agent needs at least 1");
            }
            return slots;
        }
        String numParallel = config.ollama().numParallel().map(String::strip).orElse("");
        try {
            return numParallel.isEmpty() ? 1 : Math.max(1, Integer.parseInt(numParallel));
        } catch (NumberFormatException e) {
            throw new ConfigurationMistake("OLLAMA_NUM_PARALLEL is not a number: " + numParallel);
        }
    }

    private static List<ModelName> models(AgentConfig config) {
        return config.models().orElse(List.of()).stream()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .map(ModelName::new)
                .distinct()
                .toList();
    }

    private static URI ollamaUrl(String text) {
        try {
            URI url = new URI(text.strip());
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
            throw new ConfigurationMistake("orchestrator.ollama.url is not of the form http://host:port");
        } catch (URISyntaxException e) {
            throw new ConfigurationMistake("orchestrator.ollama.url is not a URL: " + e.getReason());
        }
    }

    private static Duration positive(String key, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new ConfigurationMistake(key + " is not positive");
        }
        return value;
    }

    private static <T> T sensible(String key, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new ConfigurationMistake(key + ": " + e.getMessage());
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "agent";
        }
    }
}
