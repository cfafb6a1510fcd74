package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/** Short requests, each on a connection of its own: no pool remembers a process that was killed meanwhile. */
final class Http {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> CLOSE = Map.of("Connection", "close");

    private Http() {}

    /** A whole answer. */
    record Reply(int status, Optional<String> contentType, String body) {
        JsonNode json() {
            return Http.json(body);
        }
    }

    static Reply get(int port, String path) {
        return exchange(port, "GET", path, CLOSE, "");
    }

    static Reply post(int port, String path, String json) {
        return exchange(port, "POST", path, Map.of("Content-Type", "application/json", "Connection", "close"), json);
    }

    static Reply exchange(int port, String method, String path, Map<String, String> headers, String body) {
        try (HttpConnection connection = HttpConnection.to(port)) {
            return reply(connection.request(method, path, headers, body.getBytes(UTF_8)));
        }
    }

    static Reply reply(HttpConnection connection) {
        HttpAnswer answer = connection.answer();
        return new Reply(answer.status(), answer.header("content-type"), answer.text());
    }

    /** The status of a GET; nothing if nobody listens or answers. */
    static Optional<Integer> statusOf(int port, String path) {
        try {
            return Optional.of(get(port, path).status());
        } catch (UncheckedIOException nobodyThere) {
            return Optional.empty();
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
