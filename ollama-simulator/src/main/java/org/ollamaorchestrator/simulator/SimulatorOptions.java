package org.ollamaorchestrator.simulator;

import java.util.List;

/**
 * How a simulator starts.
 *
 * @param host the address to listen on; any but a loopback address switches off the check of the Host header, as in Ollama
 * @param port 0 for a free one
 * @param version what {@code /api/version} says
 * @param models what {@code /api/tags} lists, in this order
 * @param parallel slots of each loaded model: Ollama's OLLAMA_NUM_PARALLEL
 * @param queueMax requests that may wait for a load: Ollama's OLLAMA_MAX_QUEUE; one more is answered 503. A loaded
 *     model's queue has no bound in Ollama and so has none here.
 * @param observedMax requests remembered; the oldest ended ones are forgotten first
 */
public record SimulatorOptions(
        String host,
        int port,
        String version,
        List<SimulatedModel> models,
        int parallel,
        int queueMax,
        int observedMax) {

    public SimulatorOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port is not between 0 and 65535: " + port);
        }
        if (parallel < 1) {
            throw new IllegalArgumentException("parallel is less than 1: " + parallel);
        }
        models = List.copyOf(models);
    }

    /** A free loopback port, one slot per model, one model that chats and one that embeds. */
    public static SimulatorOptions defaults() {
        List<SimulatedModel> models =
                List.of(SimulatedModel.named("simulated"), SimulatedModel.named("simulated-embed"));
        return new SimulatorOptions("127.0.0.1", 0, "0.32.15", models, 1, 512, 10_000);
    }

    public SimulatorOptions withHost(String address) {
        return new SimulatorOptions(address, port, version, models, parallel, queueMax, observedMax);
    }

    public SimulatorOptions withPort(int number) {
        return new SimulatorOptions(host, number, version, models, parallel, queueMax, observedMax);
    }

    public SimulatorOptions withVersion(String text) {
        return new SimulatorOptions(host, port, text, models, parallel, queueMax, observedMax);
    }

    public SimulatorOptions withModels(SimulatedModel... list) {
        return new SimulatorOptions(host, port, version, List.of(list), parallel, queueMax, observedMax);
    }

    /** Models known by name only; see {@link SimulatedModel#named}. */
    public SimulatorOptions withModels(String... names) {
        return withModels(List.of(names).stream().map(SimulatedModel::named).toArray(SimulatedModel[]::new));
    }

    public SimulatorOptions withParallel(int slots) {
        return new SimulatorOptions(host, port, version, models, slots, queueMax, observedMax);
    }

    public SimulatorOptions withQueueMax(int requests) {
        return new SimulatorOptions(host, port, version, models, parallel, requests, observedMax);
    }

    public SimulatorOptions withObservedMax(int requests) {
        return new SimulatorOptions(host, port, version, models, parallel, queueMax, requests);
    }
}
