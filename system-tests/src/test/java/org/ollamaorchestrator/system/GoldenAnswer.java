package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** An answer taken apart without a library between it and its bytes. */
final class GoldenAnswer {
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(ISO_8859_1);

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;

    private GoldenAnswer(int status, Map<String, String> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    /** @param bytes of a connection that was used for this answer only */
    static GoldenAnswer onTheWire(byte[] bytes) {
        GoldenAnswer framed = ofHeadAndBody(bytes);
        return framed.isChunked()
                ? new GoldenAnswer(framed.status, framed.headers, withoutChunks(framed.body))
                : framed;
    }

    /** @param bytes in which the body is not framed, whatever the head says */
    static GoldenAnswer ofHeadAndBody(byte[] bytes) {
        int end = indexOf(bytes, END_OF_HEAD, 0);
        String[] lines = new String(bytes, 0, end, ISO_8859_1).split("\r\n", -1);
        var headers = new TreeMap<String, String>();
        for (int i = 1; i < lines.length; i++) {
            String[] header = lines[i].split(":", 2);
            headers.put(header[0].toLowerCase(Locale.ROOT), header[1].strip());
        }
        byte[] body = Arrays.copyOfRange(bytes, end + END_OF_HEAD.length, bytes.length);
        return new GoldenAnswer(Integer.parseInt(lines[0].split(" ", 3)[1]), headers, body);
    }

    int status() {
        return status;
    }

    /** By their names in small letters. */
    Map<String, String> headers() {
        return headers;
    }

    /** Without the framing of chunks. */
    byte[] body() {
        return body.clone();
    }

    String contentType() {
        return headers.getOrDefault("content-type", "");
    }

    boolean isChunked() {
        return headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked");
    }

    String text() {
        return new String(body, UTF_8);
    }

    private static byte[] withoutChunks(byte[] framed) {
        var body = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int lineEnd = indexOf(framed, "\r\n".getBytes(ISO_8859_1), at);
            int size = Integer.parseInt(new String(framed, at, lineEnd - at, ISO_8859_1), 16);
            if (size == 0) {
                return body.toByteArray();
            }
            body.write(framed, lineEnd + 2, size);
            at = lineEnd + 2 + size + 2;
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted, int from) {
        for (int i = from; i <= bytes.length - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("the answer is not whole: " + new String(bytes, UTF_8));
    }
}
