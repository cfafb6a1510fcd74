package org.ollamaorchestrator.system;

import java.util.List;

/** A gateway and an agent beside a real Ollama with tiny models. */
final class SdkReal implements AutoCloseable {
    static final String TALKS = "tiny";
    static final String EMBEDS = "tiny-embed";

    /** Calls a tool in every answer, and always for the weather in Paris. */
    static final String CALLS = "tiny-tools";

    /** A model may talk without end. */
    static final int TOKENS_MAX = 60;

    /** The same answer each time. */
    static final int SEED = 1;

    private final RealOllama ollama = RealOllama.start(Optionally.ollama());
    private final Gateway gateway = Gateway.launch(List.of());
    private final Agent agent = Agent.launch("agent-for-sdks", gateway.agentsUrl(), ollama.url(), List.of());

    void awaitWhole() {
        gateway.awaitReady();
        agent.awaitUsable(gateway);
    }

    Gateway gateway() {
        return gateway;
    }

    String url() {
        return "http://127.0.0.1:" + gateway.port();
    }

    @Override
    public void close() {
        agent.close();
        gateway.close();
        ollama.close();
    }
}
