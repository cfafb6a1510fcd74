package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;

/** A client of the seed's API, as a browser or a script would be. */
record SeedClient(int port) {
    static final String PATH = "/api/chat/completions";

    /** Sends the request; its answer is read by whoever holds the stream. */
    SeedStream send(SeedRequest request) {
        return send(request, HttpConnection.to(port));
    }

    /** A client for whom the system holds next to nothing that it has not read. */
    SeedStream sendReadingNothing(SeedRequest request) {
        return send(request, HttpConnection.to(port, 16 * 1024));
    }

    private static SeedStream send(SeedRequest request, HttpConnection connection) {
        connection.request(
                "POST",
                PATH,
                Map.of("Content-Type", "application/json"),
                request.text().getBytes(UTF_8));
        return new SeedStream(connection);
    }
}
