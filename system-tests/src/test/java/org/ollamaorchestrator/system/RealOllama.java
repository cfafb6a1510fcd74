package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real Ollama with small models, which keeps its port and its models over restarts. */
final class RealOllama implements AutoCloseable {
    private static final Map<String, String> MODELFILES = Map.of(
            "tiny", "Modelfile.tiny",
            "tiny-tools", "Modelfile.tools",
            "tiny-think", "Modelfile.think",
            "tiny-embed", "Modelfile.embed");

    private final Path binary;
    private final int port = Ports.free();
    private final Map<String, String> environment;
    private ServiceProcess server;

    private RealOllama(Path binary) {
        this.binary = binary;
        Path home = Packaged.workFolder().resolve("ollama-" + port);
        environment = Map.of(
                "HOME",
                home.toString(),
                "OLLAMA_HOST",
                "127.0.0.1:" + port,
                "OLLAMA_MODELS",
                home.resolve("models").toString(),
                "OLLAMA_NO_CLOUD",
                "1");
        server = launch();
    }

    static RealOllama start(Path binary) {
        RealOllama ollama = new RealOllama(binary);
        try {
            ollama.awaitReady();
            MODELFILES.forEach(ollama::create);
            return ollama;
        } catch (RuntimeException | AssertionError e) {
            ollama.close();
            throw e;
        }
    }

    private ServiceProcess launch() {
        return ServiceProcess.start("ollama", List.of(binary.toString(), "serve"), environment);
    }

    private void awaitReady() {
        server.awaitReady(() -> Http.statusOf(port, "/api/version").equals(Optional.of(200)));
    }

    private void create(String model, String modelfile) {
        Path file = Optionally.resource("/ollama-models/" + modelfile);
        try (ServiceProcess create = ServiceProcess.start(
                "ollama-create-" + model,
                List.of(binary.toString(), "create", model, "-f", file.toString()),
                environment)) {
            assertThat(create.exitCode()).as("%s", create.log()).isZero();
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends it where it stands, and whatever runs its models. */
    void kill() {
        server.close();
    }

    void restartIfKilled() {
        if (!server.isAlive()) {
            server = launch();
            awaitReady();
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
