package org.ollamaorchestrator.system;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A gateway that keeps its two ports over restarts. */
final class Gateway implements AutoCloseable {
    private final int port = Ports.free();
    private final int agentsPort = Ports.free();
    private final int managementPort = Ports.free();
    private final List<String> jvmOptions = new ArrayList<>();
    private final Map<String, String> headers;
    private ServiceProcess process;

    /** How many agents there are, and how many of them have a job. */
    record Totals(int total, int idle, int busy) {}

    private Gateway(List<String> options, Map<String, String> headers) {
        this.headers = Map.copyOf(headers);
        jvmOptions.add("-Dorchestrator.agents.port=" + agentsPort);
        jvmOptions.add("-Dquarkus.management.port=" + managementPort);
        jvmOptions.addAll(options);
        process = launch();
    }

    /** Starts one and returns before it is ready. */
    static Gateway launch(List<String> jvmOptions) {
        return new Gateway(jvmOptions, Map.of());
    }

    /** The same with an API key, for what these tests ask of it. */
    static Gateway launch(List<String> jvmOptions, String key) {
        return new Gateway(jvmOptions, Map.of("Authorization", "Bearer " + key));
    }

    static Gateway start(String... jvmOptions) {
        Gateway gateway = launch(List.of(jvmOptions));
        gateway.awaitReady();
        return gateway;
    }

    private ServiceProcess launch() {
        return ServiceProcess.jar(
                "gateway", Packaged.gateway(), jvmOptions, List.of(), Map.of("PORT", Integer.toString(port)));
    }

    void awaitReady() {
        process.awaitReady(() -> Http.statusOf(port, "/q/health/ready").equals(Optional.of(200)));
    }

    int port() {
        return port;
    }

    int agentsPort() {
        return agentsPort;
    }

    /** Where its operator calls. */
    int managementPort() {
        return managementPort;
    }

    String agentsUrl() {
        return "ws://127.0.0.1:" + agentsPort;
    }

    SeedClient client() {
        return new SeedClient(port);
    }

    ServiceProcess process() {
        return process;
    }

    /** Ends where it stands. */
    void kill() {
        process.close();
    }

    /** Starts it once more, on the same ports. */
    void restart() {
        process.close();
        process = launch();
        awaitReady();
    }

    Totals totals() {
        JsonNode status = get("/api/agents/status");
        return new Totals(
                status.path("total").asInt(),
                status.path("idle").asInt(),
                status.path("busy").asInt());
    }

    void awaitAgents(int count) {
        Patience.until(count + " agents at the gateway", () -> totals().total() == count);
    }

    /** Waits until no agent has a job. */
    void awaitIdle() {
        Patience.until("all slots to be free", () -> totals().busy() == 0);
    }

    /** What the gateway says of one agent. */
    Optional<JsonNode> agent(String name) {
        for (JsonNode agent : get("/api/agents").path("agents")) {
            if (agent.path("name").asText().equals(name)
                    || agent.path("id").asText().equals(name)) {
                return Optional.of(agent);
            }
        }
        return Optional.empty();
    }

    /** Waits until the gateway knows that the agent's Ollama has the model in memory. */
    void awaitLoaded(String agent, String model) {
        Patience.until(
                agent + " to have loaded " + model,
                () -> agent(agent).stream()
                        .flatMap(seen -> seen.path("loaded").valueStream())
                        .anyMatch(loaded -> loaded.asText().equals(model + ":latest")));
    }

    /** Waits until the gateway knows that the agent can serve the model. */
    void awaitOffered(String agent, String model) {
        Patience.until(
                agent + " to offer " + model,
                () -> agent(agent).stream()
                        .flatMap(seen -> seen.path("models").valueStream())
                        .anyMatch(offered -> offered.asText().startsWith(model)));
    }

    /** Those who wait for a slot. */
    JsonNode queue() {
        return get("/api/queue");
    }

    void awaitWaiting(int count) {
        Patience.until(
                count + " requests to wait", () -> queue().path("waiting").asInt() == count);
    }

    private JsonNode get(String path) {
        var all = new HashMap<>(headers);
        all.put("Connection", "close");
        return Http.exchange(port, "GET", path, all, "").json();
    }

    /** Whether jobs may go to that agent. */
    boolean takesJobs(String agent) {
        return agent(agent).filter(seen -> !seen.has("notUsedBecause")).isPresent();
    }

    @Override
    public void close() {
        process.close();
    }
}
