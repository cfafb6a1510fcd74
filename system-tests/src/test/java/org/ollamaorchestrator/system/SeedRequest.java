package org.ollamaorchestrator.system;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;

/** A request in the seed's form. */
final class SeedRequest {
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();

    private SeedRequest() {}

    static SeedRequest to(String model) {
        var request = new SeedRequest();
        request.json.put("model", model);
        request.json.putArray("messages");
        return request;
    }

    /** One turn of the user's. */
    @CanIgnoreReturnValue
    SeedRequest saying(String text) {
        return turn("user", text);
    }

    @CanIgnoreReturnValue
    SeedRequest turn(String role, String text) {
        json.withArray("messages").addObject().put("role", role).put("content", text);
        return this;
    }

    /** How the simulator is to answer: it finds its script among Ollama's options. */
    @CanIgnoreReturnValue
    SeedRequest answeredBy(String script) {
        return option("simulator", script);
    }

    /** One of Ollama's options, by way of the seed's parameters. */
    @CanIgnoreReturnValue
    SeedRequest option(String name, String value) {
        json.withObject("/parameters/options").set(name, Http.json(value));
        return this;
    }

    @CanIgnoreReturnValue
    SeedRequest parameter(String name, String value) {
        json.withObject("/parameters").set(name, Http.json(value));
        return this;
    }

    String text() {
        return json.toString();
    }
}
