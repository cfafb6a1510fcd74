package org.ollamaorchestrator.agent;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All keys of the agent. What they mean together, and whether they make sense, is {@link AgentSettings}'. */
@ConfigMapping(prefix = "orchestrator")
public interface AgentConfig {

    Gateway gateway();

    Ollama ollama();

    Reconnect reconnect();

    /**
     * The models to offer, by name and separated by commas; a name without a tag means {@code :latest}. Without it, whatever
     * Ollama has.
     */
    @WithDefault("${MODELS:}")
    Optional<List<String>> models();

    /**
     * How many jobs run at once, on all models together. To be set together with Ollama's OLLAMA_NUM_PARALLEL, which is per
     * model. Without it, OLLAMA_NUM_PARALLEL as the agent's own environment has it, or 1.
     */
    Optional<Integer> slots();

    /** What the agent is called, for people. Without it, the host's name. */
    Optional<String> name();

    /**
     * How much of its GPUs' memory the machine has for models, such as {@code 24G}; shown, and nothing else. Without it, what
     * the GPUs say.
     */
    Optional<MemorySize> vram();

    /** Whatever the agent is to be told by: {@code orchestrator.labels.gpu=rtx4090}. */
    Map<String, String> labels();

    /** The agent's token, sent as {@code Authorization: Bearer}. A secret. */
    Optional<String> token();

    /**
     * A token that was made to be exchanged, once, for one of the agent's own, which is kept in the state directory. Not used
     * if there is a token. A secret.
     */
    Optional<String> enrolmentToken();

    /** A file that holds the enrolment token. */
    Optional<String> enrolmentTokenFile();

    /** The TLS configuration for a gateway at {@code wss://}: {@code quarkus.tls.<name>.*}. Without it, {@code quarkus.tls.*}. */
    Optional<String> tlsConfigurationName();

    /** What a gateway may ask this agent for, by the names of the protocol. */
    @WithDefault("chat,generate,load,embed,embeddings,show,pull,delete,copy,create,push")
    List<String> operations();

    /** The agent's identity. Without it, the one kept in the state directory, or else a new one per process. */
    Optional<String> agentId();

    /** Where the agent keeps its identity, and the token that it got by enrolling. Without it, nowhere. */
    Optional<String> stateDir();

    /** How long running jobs may still take when the agent is told to stop. */
    @WithDefault("30s")
    Duration drainTimeout();

    interface Gateway {

        /**
         * Where the gateway listens for agents. User information in it ({@code ws://agent:TOKEN@host}) is sent as {@code
         * Authorization: Basic}.
         */
        @WithDefault("${SERVER_WS_URL:ws://localhost:8081}")
        String url();
    }

    interface Ollama {

        /** Where Ollama listens. */
        @WithDefault("${OLLAMA_URL:http://localhost:11434}")
        String url();

        /**
         * Where Ollama keeps its models, or any other directory on that disk, so that its free space can be shown. Without it,
         * the usual places, if Ollama is on the agent's machine.
         */
        @WithDefault("${OLLAMA_MODELS:}")
        Optional<String> modelsDir();

        /** How often Ollama is asked for its models, those on disk and those in memory. */
        @WithDefault("5s")
        Duration poll();

        /** Ollama's own setting, of which the agent knows only what its own environment says. */
        @WithDefault("${OLLAMA_NUM_PARALLEL:}")
        Optional<String> numParallel();
    }

    interface Reconnect {

        /** The longest wait between two attempts to connect. */
        @WithDefault("5s")
        Duration max();
    }
}
