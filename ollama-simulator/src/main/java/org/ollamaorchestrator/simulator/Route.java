package org.ollamaorchestrator.simulator;

import io.vertx.core.http.HttpMethod;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The part of Ollama's API that the simulator speaks. */
enum Route {
    ROOT("/", "GET, HEAD"),
    VERSION("/api/version", "GET, HEAD"),
    STATUS("/api/status", "GET"),
    TAGS("/api/tags", "GET, HEAD"),
    PS("/api/ps", "GET"),
    SHOW("/api/show", "POST"),
    GENERATE("/api/generate", "POST"),
    CHAT("/api/chat", "POST"),
    EMBED("/api/embed", "POST"),
    EMBEDDINGS("/api/embeddings", "POST"),
    PULL("/api/pull", "POST"),
    PUSH("/api/push", "POST"),
    CREATE("/api/create", "POST"),
    COPY("/api/copy", "POST"),
    DELETE("/api/delete", "DELETE");

    private final String path;
    private final String allowed;

    Route(String path, String allowed) {
        this.path = path;
        this.allowed = allowed;
    }

    static Optional<Route> at(String path) {
        return Arrays.stream(values()).filter(route -> route.path.equals(path)).findFirst();
    }

    boolean takes(HttpMethod method) {
        return List.of(allowed.split(", ")).contains(method.name());
    }

    /** In the form of the Allow header. */
    String allowed() {
        return allowed;
    }
}
