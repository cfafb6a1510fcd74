package org.ollamaorchestrator.system;

import java.util.List;

/** A gateway and an agent beside a real Ollama with tiny models. */
final class SdkReal implements AutoCloseable {
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

    @Override
    public void close() {
        agent.close();
        gateway.close();
        ollama.close();
    }
}
