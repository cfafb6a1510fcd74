package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Optional;

/** An answer whose body is still arriving. */
final class HttpAnswer {
    private final int status;
    private final Map<String, String> headers;
    private final InputStream in;
    private final boolean chunked;
    /** Bytes left of the current chunk, or of the whole body; negative where only the connection's end tells. */
    private long left;

    private boolean ended;
    private boolean whole;

    HttpAnswer(int status, Map<String, String> headers, InputStream in) {
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.in = in;
        this.chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
        String length = headers.get("content-length");
        this.left = chunked ? 0 : length == null ? -1 : Long.parseLong(length);
    }

    int status() {
        return status;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Whether the body came to its proper end: the last chunk, or all of its declared length. */
    boolean isWhole() {
        return whole;
    }

    /** The rest of the body. */
    String text() {
        var bytes = new ByteArrayOutputStream();
        for (int b = read(); b >= 0; b = read()) {
            bytes.write(b);
        }
        return bytes.toString(UTF_8);
    }

    /** The next line of the body, or nothing at its end, in whatever way that came. */
    Optional<String> line() {
        var bytes = new ByteArrayOutputStream();
        for (int b = read(); b >= 0; b = read()) {
            if (b == '\n') {
                return Optional.of(bytes.toString(UTF_8));
            }
            bytes.write(b);
        }
        return bytes.size() == 0 ? Optional.empty() : Optional.of(bytes.toString(UTF_8));
    }

    private int read() {
        if (ended) {
            return -1;
        }
        try {
            if (left == 0 && !nextChunk()) {
                ended = true;
                return -1;
            }
            int b = in.read();
            if (b < 0) {
                ended = true;
                whole = left < 0;
                return -1;
            }
            left--;
            if (chunked && left == 0) {
                skipLineEnd();
            }
            return b;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("nothing more arrived within " + Patience.FOR_AN_EVENT, e);
        } catch (IOException reset) {
            ended = true;
            return -1;
        }
    }

    private boolean nextChunk() throws IOException {
        if (!chunked) {
            whole = true;
            return false;
        }
        var size = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return false;
            }
            if (c != '\r') {
                size.append((char) c);
            }
        }
        left = Long.parseLong(size.toString(), 16);
        if (left == 0) {
            skipLineEnd();
            whole = true;
        }
        return left > 0;
    }

    private void skipLineEnd() throws IOException {
        int _ = in.read();
        int _ = in.read();
    }
}
