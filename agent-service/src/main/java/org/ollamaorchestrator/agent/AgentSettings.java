package org.ollamaorchestrator.agent;

import io.quarkus.runtime.configuration.MemorySize;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ollamaorchestrator.agent.box.Box;
import org.ollamaorchestrator.agent.connection.AgentProfile;
import org.ollamaorchestrator.agent.connection.Enrolment;
import org.ollamaorchestrator.agent.connection.GatewayAddress;
import org.ollamaorchestrator.agent.connection.Proxies;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * The configuration after it was understood.
 *
 * @param enrolment if the agent has to get a token of its own before it connects
 * @param box how to find out what room the machine has
 * @param models what may be served; empty means whatever Ollama has
 */
public record AgentSettings(
        GatewayAddress gateway,
        Proxies proxies,
        Optional<Enrolment> enrolment,
        URI ollamaUrl,
        Duration ollamaPoll,
        Box box,
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
        Optional<String> token = token(config);
        Optional<String> enrolmentToken = token.isPresent() ? Optional.empty() : enrolmentToken(config);
        Optional<TokenFile> kept = config.stateDir().map(TokenFile::new);
        Optional<String> own = token.or(() -> kept.flatMap(file -> file.kept(enrolmentToken)));
        URI ollamaUrl = ollamaUrl(config.ollama().url());
        return new AgentSettings(
                sensible(
                        "orchestrator.gateway.url",
                        () -> GatewayAddress.of(config.gateway().url(), own)),
                sensible("the environment", () -> Proxies.of(environment)),
                own.isPresent() ? Optional.empty() : enrolmentToken.map(first -> enrolment(first, kept)),
                ollamaUrl,
                positive("orchestrator.ollama.poll", config.ollama().poll()),
                Box.of(ollamaUrl, modelsDir(config), vram(config), Path.of(System.getProperty("user.home", ""))),
                models(config),
                profile(config),
                positive("orchestrator.reconnect.max", config.reconnect().max()),
                config.drainTimeout());
    }

    private static Optional<Path> modelsDir(AgentConfig config) {
        try {
            return config.ollama()
                    .modelsDir()
                    .map(String::strip)
                    .filter(directory -> !directory.isEmpty())
                    .map(Path::of);
        } catch (InvalidPathException e) {
            throw new ConfigurationMistake("orchestrator.ollama.models-dir is no path: " + e.getReason());
        }
    }

    private static Optional<Long> vram(AgentConfig config) {
        try {
            return config.vram().map(MemorySize::asLongValue);
        } catch (ArithmeticException e) {
            throw new ConfigurationMistake("orchestrator.vram is more than any machine has");
        }
    }

    private static AgentProfile profile(AgentConfig config) {
        return new AgentProfile(
                sensible("orchestrator.agent-id", () -> agentId(config)),
                new InstanceId(newId()),
                config.name().orElseGet(AgentSettings::hostName),
                AgentVersion.current(),
                slots(config),
                config.labels(),
                operations(config));
    }

    private static Enrolment enrolment(String enrolmentToken, Optional<TokenFile> kept) {
        return kept.orElseThrow(
                        () -> new ConfigurationMistake(
                                "orchestrator.enrolment-token needs orchestrator.state-dir, where the agent keeps the token that it gets for it"))
                .enrolment(enrolmentToken);
    }

    private static Optional<String> enrolmentToken(AgentConfig config) {
        if (config.enrolmentToken().isPresent() && config.enrolmentTokenFile().isPresent()) {
            throw new ConfigurationMistake(
                    "orchestrator.enrolment-token and orchestrator.enrolment-token-file are both set; one is enough");
        }
        return config.enrolmentToken()
                .or(() -> config.enrolmentTokenFile().map(AgentSettings::contentOf))
                .map(String::strip)
                .filter(token -> !token.isEmpty());
    }

    private static String contentOf(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new ConfigurationMistake("orchestrator.enrolment-token-file cannot be read: " + file);
        }
    }

    private static Set<Operation> operations(AgentConfig config) {
        return config.operations().stream()
                .map(String::strip)
                .map(name -> Operation.ofWireName(name)
                        .orElseThrow(() -> new ConfigurationMistake("orchestrator.operations names " + name
                                + ", but an agent knows only "
                                + Stream.of(Operation.values())
                                        .map(Operation::wireName)
                                        .collect(Collectors.joining(", ")))))
                .collect(Collectors.toUnmodifiableSet());
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
