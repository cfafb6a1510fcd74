package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** Asks on a connection of its own and reads it to its end. */
final class GoldenClient {
    static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    private GoldenClient() {}

    static GoldenAnswer post(int port, String path, Map<String, String> headers, JsonNode request) {
        var all = new HashMap<>(headers);
        all.put("Connection", "close");
        try (HttpConnection connection = HttpConnection.to(port)) {
            connection.request("POST", path, all, request.toString().getBytes(UTF_8));
            return GoldenAnswer.onTheWire(connection.input().readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
