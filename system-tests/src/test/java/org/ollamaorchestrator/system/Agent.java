package org.ollamaorchestrator.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One agent beside one Ollama. */
final class Agent implements AutoCloseable {
    private final String name;
    private final int healthPort = Ports.free();
    private final int managementPort = Ports.free();
    private final List<String> jvmOptions = new ArrayList<>();
    private final Map<String, String> environment;
    private ServiceProcess process;

    private Agent(String name, String gatewayUrl, String ollamaUrl, List<String> options) {
        this.name = name;
        jvmOptions.addAll(List.of(
                "-Dquarkus.http.port=" + healthPort,
                "-Dquarkus.management.port=" + managementPort,
                "-Dorchestrator.name=" + name,
                "-Dorchestrator.agent-id=" + name,
                "-Dorchestrator.ollama.poll=500ms"));
        jvmOptions.addAll(options);
        this.environment = Map.of("SERVER_WS_URL", gatewayUrl, "OLLAMA_URL", ollamaUrl);
        process = launch();
    }

    /** Starts one and returns before it is ready. */
    static Agent launch(String name, String gatewayUrl, String ollamaUrl, List<String> jvmOptions) {
        return new Agent(name, gatewayUrl, ollamaUrl, jvmOptions);
    }

    private ServiceProcess launch() {
        return ServiceProcess.jar(name, Packaged.agent(), jvmOptions, List.of(), environment);
    }

    /** Waits until the gateway gives it jobs. */
    void awaitUsable(Gateway gateway) {
        process.awaitReady(() -> gateway.takesJobs(name));
    }

    /** Waits until the gateway knows that it is not there. */
    void awaitMissed(Gateway gateway) {
        Patience.until("the gateway to miss " + name, () -> !gateway.takesJobs(name));
    }

    /** The status of its readiness; nothing while it does not listen. */
    Optional<Integer> readiness() {
        return Http.statusOf(healthPort, "/q/health/ready");
    }

    Http.Reply health() {
        return Http.get(healthPort, "/q/health/ready");
    }

    /** Where its operator calls. */
    int managementPort() {
        return managementPort;
    }

    String name() {
        return name;
    }

    ServiceProcess process() {
        return process;
    }

    /** Ends where it stands. */
    void kill() {
        process.close();
    }

    /** Starts it once more and returns before it is ready. */
    void relaunch() {
        process.close();
        process = launch();
    }

    @Override
    public void close() {
        process.close();
    }
}
