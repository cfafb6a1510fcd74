package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Between an agent and its Ollama: writes down the bytes of each answer, or gives an answer that was written down before.
 * What it passes on has a connection of its own, so that its end is the connection's end.
 */
final class GoldenWire implements AutoCloseable {
    private final ServerSocket server;
    private final int upstreamPort;
    private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private volatile @Nullable GoldenRecording replayed;

    /** One request, and what it was answered with. */
    record Exchange(String path, String requestBody, GoldenAnswer answer) {}

    private record Request(String path, String head, String body) {}

    private GoldenWire(ServerSocket server, int upstreamPort) {
        this.server = server;
        this.upstreamPort = upstreamPort;
    }

    static GoldenWire to(String ollamaUrl) {
        try {
            var wire = new GoldenWire(
                    new ServerSocket(0, 0, InetAddress.getLoopbackAddress()),
                    URI.create(ollamaUrl).getPort());
            Thread.ofVirtual().start(wire::accept);
            return wire;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** From now on that recording's request is given its answer, and Ollama does not see it. */
    void replay(GoldenRecording recording) {
        exchanges.clear();
        replayed = recording;
    }

    void forget() {
        exchanges.clear();
    }

    /** What was answered to such a request. */
    List<Exchange> exchanges(String path, JsonNode request) {
        return exchanges.stream()
                .filter(exchange -> exchange.path().equals(path)
                        && Http.json(exchange.requestBody()).equals(request))
                .toList();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket agent) {
        try (agent) {
            InputStream in = new BufferedInputStream(agent.getInputStream());
            boolean again = true;
            while (again) {
                Optional<Request> request = read(in);
                again = request.isPresent() && answered(request.get(), agent.getOutputStream());
            }
        } catch (IOException left) {
            // The agent, or Ollama, has gone: the other one learns it from its connection.
        } finally {
            open.remove(agent);
        }
    }

    /** Whether the connection can be used once more. */
    private boolean answered(Request request, OutputStream agent) throws IOException {
        GoldenRecording recording = replayed;
        if (recording != null
                && request.path().equals(recording.path())
                && Http.json(request.body()).equals(recording.request())) {
            byte[] answer = recording.onTheWire();
            keep(request, answer);
            agent.write(answer);
            return true;
        }
        var bytes = new ByteArrayOutputStream();
        try (Socket ollama = new Socket(InetAddress.getLoopbackAddress(), upstreamPort)) {
            ollama.getOutputStream().write(request.head().getBytes(ISO_8859_1));
            ollama.getOutputStream().write(request.body().getBytes(UTF_8));
            byte[] buffer = new byte[8192];
            InputStream answer = ollama.getInputStream();
            for (int n = answer.read(buffer); n >= 0; n = answer.read(buffer)) {
                bytes.write(buffer, 0, n);
                agent.write(buffer, 0, n);
            }
        }
        keep(request, bytes.toByteArray());
        return false;
    }

    private void keep(Request request, byte[] bytes) {
        exchanges.add(new Exchange(request.path(), request.body(), GoldenAnswer.onTheWire(bytes)));
    }

    private static Optional<Request> read(InputStream in) throws IOException {
        var head = new StringBuilder();
        String path = "";
        int length = 0;
        for (Optional<String> next = line(in); next.isPresent(); next = line(in)) {
            String line = next.get();
            if (line.isEmpty()) {
                String body = new String(in.readNBytes(length), UTF_8);
                return Optional.of(new Request(path, head + "Connection: close\r\n\r\n", body));
            }
            String lower = line.toLowerCase(Locale.ROOT);
            if (path.isEmpty()) {
                path = line.split(" ", 3)[1];
            } else if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(
                        lower.substring("content-length:".length()).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                throw new IOException("a request in chunks, which this wire cannot read");
            }
            if (!lower.startsWith("connection:")) {
                head.append(line).append("\r\n");
            }
        }
        return Optional.empty();
    }

    private static Optional<String> line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return Optional.empty();
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return Optional.of(line.toString());
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
