package org.ollamaorchestrator.simulator;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP client that shows what was on the wire, and can leave in every way a client can. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    /** One answer; {@code complete} tells whether it ended as HTTP wants it. */
    record Answer(int status, Map<String, String> headers, String body, List<String> chunks, boolean complete) {
        List<String> lines() {
            return body.lines().toList();
        }
    }

    RawClient(OllamaSimulator simulator) {
        try {
            socket = new Socket(InetAddress.getLoopbackAddress(), simulator.port());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(10_000);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Answer call(OllamaSimulator simulator, String method, String path, String body, String... headers) {
        try (RawClient client = new RawClient(simulator)) {
            return client.send(method, path, body, headers).read(method.equals("HEAD"));
        }
    }

    static Answer post(OllamaSimulator simulator, String path, String body) {
        return call(simulator, "POST", path, body);
    }

    @CanIgnoreReturnValue
    RawClient send(String method, String path, String body, String... headers) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        if (headers.length == 0 || !headers[0].startsWith("Host:")) {
            head.append("Host: localhost\r\n");
        }
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        head.append("Content-Length: ").append(bytes.length).append("\r\n\r\n");
        try {
            socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    Answer read() {
        return read(false);
    }

    Answer read(boolean head) {
        try {
            String statusLine = line();
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String header = line(); !header.isEmpty(); header = line()) {
                String[] parts = header.split(": ", 2);
                headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
            }
            int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
            if (head || status == 204) {
                return new Answer(status, headers, "", List.of(), true);
            }
            if (headers.containsKey("transfer-encoding")) {
                return chunked(status, headers);
            }
            int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
            byte[] body = in.readNBytes(length);
            return new Answer(
                    status, headers, new String(body, StandardCharsets.UTF_8), List.of(), body.length == length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next bytes as one read of the socket returned them. */
    byte[] rawRead() throws IOException {
        byte[] bytes = new byte[65_536];
        int count = socket.getInputStream().read(bytes);
        return count < 0 ? new byte[0] : java.util.Arrays.copyOf(bytes, count);
    }

    /** One byte, or -1 at the end. */
    int readByte() throws IOException {
        return in.read();
    }

    void leave() {
        close();
    }

    void leaveByReset() {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Answer chunked(int status, Map<String, String> headers) throws IOException {
        List<String> chunks = new ArrayList<>();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line();
            if (size.isEmpty()) {
                return new Answer(status, headers, body.toString(StandardCharsets.UTF_8), chunks, false);
            }
            byte[] chunk = in.readNBytes(Integer.parseInt(size, 16));
            String end = line();
            if (chunk.length == 0) {
                return new Answer(status, headers, body.toString(StandardCharsets.UTF_8), chunks, end.isEmpty());
            }
            chunks.add(new String(chunk, StandardCharsets.UTF_8));
            body.writeBytes(chunk);
        }
    }

    /** Without its CR LF; empty at the end of the connection as well. */
    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8).replace("\r", "");
    }
}
