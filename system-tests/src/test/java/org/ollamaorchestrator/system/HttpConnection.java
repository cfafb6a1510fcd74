package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** One HTTP/1.1 connection, close enough to its socket to send what no client library would, and to leave in any way. */
final class HttpConnection implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static HttpConnection to(int port) {
        return to(port, 0);
    }

    /** @param receiveBuffer what the system may hold for a client that does not read; 0 is the system's own choice */
    static HttpConnection to(int port, int receiveBuffer) {
        Socket socket = new Socket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) Patience.FOR_AN_EVENT.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new HttpConnection(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @CanIgnoreReturnValue
    HttpConnection request(String method, String path, Map<String, String> headers, byte[] body) {
        var all = new LinkedHashMap<>(headers);
        if (body.length > 0) {
            all.putIfAbsent("Content-Length", Integer.toString(body.length));
        }
        head(method, path, all);
        send(body);
        return this;
    }

    @CanIgnoreReturnValue
    HttpConnection head(String method, String path, Map<String, String> headers) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        head.append("Host: 127.0.0.1:").append(socket.getPort()).append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        send(head.append("\r\n").toString().getBytes(ISO_8859_1));
        return this;
    }

    void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One chunk of a body in chunks; an empty one is the last. */
    void sendChunk(byte[] data) {
        send((Integer.toHexString(data.length) + "\r\n").getBytes(ISO_8859_1));
        send(data);
        send("\r\n".getBytes(ISO_8859_1));
    }

    /** Reads the head of the answer. */
    HttpAnswer answer() {
        try {
            String statusLine = line();
            int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
            var headers = new LinkedHashMap<String, String>();
            for (String header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            return new HttpAnswer(status, headers, in);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer within " + Patience.FOR_AN_EVENT, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What comes after the head, for a connection that has become something else. */
    InputStream input() {
        return in;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended in the head of the answer: \"" + line + "\"");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    /** Leaves by FIN. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves by RST. */
    void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
