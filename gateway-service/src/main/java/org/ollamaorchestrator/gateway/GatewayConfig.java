package org.ollamaorchestrator.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.vertx.core.http.ClientAuth;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** All keys of the gateway; {@code docs/configuration.md} tells them to its owner. */
@ConfigMapping(prefix = "orchestrator")
public interface GatewayConfig {

    /** Listens on all addresses although nobody has to prove who they are. Without it: loopback, or no start at all. */
    @WithDefault("false")
    boolean insecure();

    /** Lets clients use models that Ollama runs in its cloud, so that prompts leave your machines. */
    @WithDefault("false")
    boolean cloudModels();

    /** Names that stand for a model, such as {@code gpt-4o-mini}. */
    Map<String, Alias> aliases();

    /** Who may use the gateway, by names that the owner chooses; none: everybody who reaches it. */
    Map<String, Key> keys();

    /** A secret of the owner's that all hashes were made with; none: they were made without. */
    Optional<String> pepper();

    /** Where keys that administrators manage, the usage and the audit are kept; none: nothing is. */
    Optional<Path> dataDir();

    /** Proxies whose {@code X-Forwarded-For} is believed: addresses, or networks such as {@code 10.0.0.0/8}. */
    Optional<List<String>> trustedProxies();

    Limits limits();

    Agents agents();

    Clients clients();

    Window window();

    Queue queue();

    Jobs jobs();

    Drain drain();

    /** What holds for one model only, by its name. */
    Map<String, Model> models();

    /** Models that agents are to have, by names that the owner chooses; what is missing is pulled, and nothing deleted. */
    Map<String, Wanted> wanted();

    interface Alias {

        /** The model that is used. */
        String model();

        /** Ollama's options for it, such as {@code num_ctx}, where a request sets none of its own. */
        Map<String, String> options();
    }

    /** An API key. */
    interface Key {

        /** What {@code gateway new-key} prints beside the secret. */
        String hash();

        /** Whether it may make administrators' calls. */
        @WithDefault("false")
        boolean admin();

        /** The models it may use; {@code *} at the end of a name stands for anything. */
        Optional<List<String>> models();

        /** 0: as many as one likes. */
        @WithDefault("0")
        int requestsPerMinute();

        /** Of prompts and answers; 0: as many as one likes. */
        @WithDefault("0")
        long tokensPerMinute();

        /** The same in a day of UTC. */
        @WithDefault("0")
        long tokensPerDay();

        /** Requests without an end at the same time; 0: as many as one likes. */
        @WithDefault("0")
        int concurrent();

        /** Its share of the slots' time while others wait too. */
        @WithDefault("1")
        int weight();

        /** {@code high}, {@code normal} or {@code low}: the highest that its requests can ask for. */
        @WithDefault("normal")
        String priority();

        /** The most requests of the key that may wait. */
        @WithDefault("100")
        int waitingMax();

        /** From then on it is refused, such as {@code 2027-01-01T00:00:00Z}. */
        Optional<Instant> expires();
    }

    /** What nobody may go beyond, with whatever key. */
    interface Limits {

        /** The largest {@code num_ctx} that a request may ask for. */
        OptionalInt numCtx();

        /** The most tokens that an answer may have; a request that says nothing gets as many. */
        OptionalInt numPredict();

        /** The tokens that an answer to a key with a day's budget has at most, if its request leaves that open. */
        @WithDefault("8192")
        int budgetedNumPredict();

        /** The longest prompt. */
        Optional<MemorySize> promptBytes();

        /** The longest time from a request's arrival to its end. */
        Optional<Duration> jobTime();
    }

    interface Agents {

        /** The agents' tokens, by names that the owner chooses; none: an agent need not prove which it is. */
        Map<String, Token> tokens();

        interface Token {

            /** What {@code gateway new-agent-token} prints beside the secret. */
            String hash();

            /** From then on it is refused, such as {@code 2027-01-01T00:00:00Z}. */
            Optional<Instant> expires();
        }

        /** The port on which agents connect; they can also do so at {@code /agents} of the main port. */
        @WithDefault("8081")
        int port();

        /** The TLS configuration of the agents' port, {@code quarkus.tls.<name>.*}; none: no TLS there. */
        Optional<String> tlsConfigurationName();

        /** Whether agents may, or must, prove themselves by a client certificate on their port. */
        @WithDefault("none")
        ClientAuth clientCertificates();

        /** How often both sides ping. Three times that without a sign of life is a drop; six times for version 1. */
        @WithDefault("5s")
        Duration heartbeat();

        /** How long a dropped agent may take to come back: its clients see a pause and nothing else. */
        @WithDefault("20s")
        Duration resumeWindow();

        /** Connections on the agents' port; one more is closed at once. */
        @WithDefault("4000")
        int connectionsMax();

        /** The same from one address. */
        @WithDefault("1000")
        int connectionsPerAddressMax();

        /** A connection on which no agent has registered within this is closed. */
        @WithDefault("10s")
        Duration registerWithin();
    }

    interface Clients {

        /** The largest request body; a larger one is refused with 413. */
        @WithDefault("32M")
        MemorySize bodyMax();

        /** How long a client may take to send a request's body; after that 408. */
        @WithDefault("60s")
        Duration bodyWithin();

        /** A client that takes nothing for this long while something waits for it is ended. */
        @WithDefault("30s")
        Duration stalledMax();

        /** How long the head of a stream waits for Ollama's first line, so that a failure keeps its real status. */
        @WithDefault("10s")
        Duration firstByteHold();

        /** How often a silent stream of events is filled with a comment, once its head is out. */
        @WithDefault("10s")
        Duration keepAlive();

        /** Connections on the main port; one more is closed at once. */
        @WithDefault("10000")
        int connectionsMax();

        /** The same from one address; not from a trusted proxy's, behind which many are. */
        @WithDefault("2000")
        int connectionsPerAddressMax();

        /** How long a connection may take to send the head of a request, since it was opened or since its first byte. */
        @WithDefault("10s")
        Duration headWithin();

        /** A connection that waits for its next request for this long is closed. */
        @WithDefault("2m")
        Duration idleMax();
    }

    /** Who waits for a free slot. */
    interface Queue {

        /** Requests that may wait in all; one more is refused with 429. */
        @WithDefault("1000")
        int max();

        /** The same in bytes of their bodies. */
        @WithDefault("256M")
        MemorySize bytesMax();

        /** The longest wait for a free slot; then 503. Loading a model does not count. */
        @WithDefault("120s")
        Duration waitMax();

        /** How long a request whose model is not loaded may be overtaken by such whose model is. */
        @WithDefault("30s")
        Duration overtakeMax();
    }

    /** What a job may take. */
    interface Jobs {

        /** A request whose agent failed before the first line is placed again, elsewhere, at most this often. */
        @WithDefault("2")
        int replacementsMax();

        /** An agent has at least this long until the first line, and four times what it probably needs. */
        @WithDefault("60s")
        Duration firstLineWithin();

        /** The same for loading a model. */
        @WithDefault("5m")
        Duration loadWithin();

        /** A job whose Ollama sends nothing for this long in mid-stream is ended. */
        @WithDefault("300s")
        Duration stalledMax();
    }

    interface Model {

        /** As {@code jobs.stalled-max}: some models are silent for long before a tool call. */
        Optional<Duration> stalledMax();
    }

    interface Wanted {

        /** The models. */
        List<String> models();

        /** Which agents, by a label of theirs such as {@code site=home}; none: all. */
        Optional<String> label();
    }

    /** The gateway's orderly end. */
    interface Drain {

        /** How long running streams may take to end. */
        @WithDefault("30s")
        Duration timeout();
    }

    /** How much of a job's answer an agent may send ahead of what the client has taken. */
    interface Window {

        /** In lines of Ollama's. */
        @WithDefault("256")
        int lines();

        /** In bytes; one line may always be under way, however long it is. */
        @WithDefault("1M")
        MemorySize bytes();
    }
}
