package org.ollamaorchestrator.agent.ollama;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** What listens where an Ollama should, and does to each connection's first bytes whatever a test wants. */
final class RawOllama implements AutoCloseable {

    static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";

    final Vertx vertx = Vertx.vertx();
    private final NetServer server;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    /** @param reaction to a connection and each piece of what it sends */
    RawOllama(BiConsumer<NetSocket, String> reaction) {
        server = join(vertx.createNetServer()
                .connectHandler(socket -> socket.handler(bytes -> {
                    requests.add(bytes.toString());
                    reaction.accept(socket, bytes.toString());
                }))
                .listen(0, "127.0.0.1"));
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    /** The first lines of all requests. */
    List<String> asked() {
        return requests.stream()
                .map(text -> text.lines().findFirst().orElse(""))
                .toList();
    }

    static String chunk(String body) {
        return Integer.toHexString(body.length()) + "\r\n" + body + "\r\n";
    }

    static String whole(String json) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                + json;
    }

    @Override
    public void close() {
        join(vertx.close());
    }

    static <T> T join(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
