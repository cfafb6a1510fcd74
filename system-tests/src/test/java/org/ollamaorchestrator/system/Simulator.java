package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A scripted Ollama that keeps its port over restarts. */
final class Simulator implements AutoCloseable {
    private final String name;
    private final int port = Ports.free();
    private final List<String> arguments;
    private ServiceProcess process;

    /** One request as the simulator saw it. */
    record Observed(JsonNode json) {
        String path() {
            return json.path("path").asText();
        }

        JsonNode body() {
            return Http.json(bodyText());
        }

        String header(String name) {
            return json.path("headers").path(name).asText();
        }

        String bodyText() {
            return json.path("body").asText();
        }

        String outcome() {
            return json.path("outcome").asText();
        }

        String phase() {
            return json.path("phase").asText();
        }

        int tokensSent() {
            return json.path("tokensSent").asInt();
        }

        long receivedAtNanos() {
            return json.path("receivedAtNanos").asLong();
        }

        long endedAtNanos() {
            return json.path("endedAtNanos").asLong();
        }
    }

    private Simulator(String name, List<String> arguments) {
        this.name = name;
        var all = new ArrayList<>(List.of("--port", Integer.toString(port)));
        all.addAll(arguments);
        this.arguments = List.copyOf(all);
        process = launch();
    }

    /** Starts one and returns before it is ready. */
    static Simulator launch(String name, String... arguments) {
        return new Simulator(name, List.of(arguments));
    }

    private ServiceProcess launch() {
        return ServiceProcess.jar(name, Packaged.simulator(), List.of(), arguments, Map.of());
    }

    void awaitReady() {
        process.awaitReady(() -> Http.statusOf(port, "/api/version").equals(Optional.of(200)));
    }

    int port() {
        return port;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Ends where it stands; then nothing listens. */
    void kill() {
        process.close();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void restart() {
        process.close();
        process = launch();
        awaitReady();
    }

    List<Observed> requests() {
        var all = new ArrayList<Observed>();
        Http.get(port, "/simulator/requests").json().forEach(request -> all.add(new Observed(request)));
        return all;
    }

    /** The inference requests that have the text in their bodies. */
    List<Observed> requestsSaying(String text) {
        return requests().stream()
                .filter(request ->
                        request.path().equals("/api/chat") || request.path().equals("/api/generate"))
                .filter(request -> request.bodyText().contains(text))
                .toList();
    }

    /** Loads that somebody asked for: requests that have nothing to say to the model. */
    List<Observed> loads() {
        return requests().stream().filter(Simulator::isLoad).toList();
    }

    private static boolean isLoad(Observed request) {
        return switch (request.path()) {
            case "/api/generate" -> request.body().path("prompt").asText().isEmpty();
            case "/api/embed" ->
                request.body().path("input").isEmpty()
                        && request.body().path("input").asText().isEmpty();
            default -> false;
        };
    }

    /** Loads of that model. */
    List<Observed> loadsOf(String model) {
        return loads().stream()
                .filter(load -> load.body().path("model").asText().equals(model))
                .toList();
    }

    /** From now on, requests for that model that bring no script are answered so. */
    void answers(String model, String script) {
        control("PUT", "/simulator/scripts/" + model, script);
    }

    /** From now on, that model travels from the registry so. */
    void travels(String model, String transfer) {
        control("PUT", "/simulator/registry/" + model, transfer);
    }

    /** Whether it has the model on its disk. */
    boolean hasModel(String model) {
        return Http.get(port, "/api/tags")
                .json()
                .path("models")
                .valueStream()
                .anyMatch(each -> each.path("name").asText().equals(model + ":latest"));
    }

    /** Has one more model, or the same anew and cold. */
    void has(String model, String facts) {
        control("POST", "/simulator/models/" + model, facts);
    }

    private void control(String method, String path, String json) {
        Http.Reply reply = Http.exchange(
                port, method, path, Map.of("Content-Type", "application/json", "Connection", "close"), json);
        assertThat(reply.status()).as("%s", reply).isEqualTo(204);
    }

    /** Loads the model past the agent, as somebody at that machine would. */
    void warm(String model) {
        Http.Reply reply = Http.post(port, "/api/generate", "{\"model\":\"" + model + "\"}");
        assertThat(reply.status()).as("%s", reply).isEqualTo(200);
    }

    Observed awaitRequestSaying(String text) {
        return Patience.untilFound(
                name + " to see the request",
                () -> requestsSaying(text).stream().findFirst());
    }

    /** Waits until that request is in one of the phases. */
    void awaitPhase(String text, String... phases) {
        Patience.until(
                name + " to be in " + String.join(" or ", phases),
                () -> requestsSaying(text).stream()
                        .anyMatch(request -> List.of(phases).contains(request.phase())));
    }

    /** Waits until that request ended so. */
    Observed awaitOutcome(String text, String outcome) {
        return Patience.untilFound(
                name + " to see " + outcome,
                () -> requestsSaying(text).stream()
                        .filter(request -> request.outcome().equals(outcome))
                        .findFirst());
    }

    @Override
    public void close() {
        process.close();
    }
}
