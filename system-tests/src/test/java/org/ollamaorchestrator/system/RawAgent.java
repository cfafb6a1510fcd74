package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** Poses as an agent of version 2 on a bare socket, so that it can send what no WebSocket library lets through. */
final class RawAgent implements AutoCloseable {
    static final int TEXT = 1;
    static final int BINARY = 2;

    /** The connection ended, and no close frame said why. */
    static final int NO_CLOSE_FRAME = -1;

    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int SHORT_MAX = 125;
    private static final int TWO_BYTES = 126;
    private static final int EIGHT_BYTES = 127;

    private final HttpConnection connection;
    private final DataInputStream in;

    private record Frame(int opcode, ByteBuffer payload) {
        String text() {
            return UTF_8.decode(payload.duplicate()).toString();
        }
    }

    private RawAgent(HttpConnection connection) {
        this.connection = connection;
        this.in = new DataInputStream(connection.input());
    }

    /** Asks for the upgrade and says which status came. */
    static int upgradeStatus(int port, String path, Map<String, String> moreHeaders) {
        try (HttpConnection connection = HttpConnection.to(port)) {
            return upgrade(connection, path, moreHeaders);
        }
    }

    private static int upgrade(HttpConnection connection, String path, Map<String, String> moreHeaders) {
        var headers = new LinkedHashMap<>(Map.of(
                "Upgrade", "websocket",
                "Connection", "Upgrade",
                "Sec-WebSocket-Version", "13",
                "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        headers.putAll(moreHeaders);
        return connection.head("GET", path, headers).answer().status();
    }

    /** Connects and registers with one slot and one model, and waits until it may be given jobs. */
    static RawAgent registered(Gateway gateway, String name, String model) {
        RawAgent agent = joined(gateway, name, model);
        // The gateway answers the agent a moment before it places jobs on it.
        Patience.until(name + " to be given jobs", () -> gateway.takesJobs(name));
        return agent;
    }

    /** The same, and does not wait. */
    static RawAgent joined(Gateway gateway, String name, String model) {
        HttpConnection connection = HttpConnection.to(gateway.agentsPort());
        assertThat(upgrade(connection, "/", Map.of())).isEqualTo(101);
        RawAgent agent = new RawAgent(connection);
        assertThat(agent.awaitMessage("welcome").path("protocol").asInt()).isEqualTo(2);
        var register = JsonNodeFactory.instance.objectNode();
        register.put("type", "register").put("protocol", 2).put("name", name).put("agentId", name);
        register.put("instanceId", UUID.randomUUID().toString()).put("slots", 1);
        register.putArray("models");
        register.putArray("catalog").addObject().put("name", model + ":latest").put("model", model + ":latest");
        // In memory, so that its first job is the client's and not a load.
        register.putArray("loaded").addObject().put("name", model + ":latest").put("model", model + ":latest");
        agent.text(register.toString());
        assertThat(agent.awaitMessage("registered").path("agentId").asText()).isEqualTo(name);
        return agent;
    }

    void text(String message) {
        frame(TEXT, message.getBytes(UTF_8));
    }

    /** One of Ollama's lines with one token. */
    void token(String jobId, int seq, String token) {
        var line = JsonNodeFactory.instance.objectNode();
        line.put("model", "raw").put("created_at", "2026-01-01T00:00:00Z");
        line.putObject("message").put("role", "assistant").put("content", token);
        line.put("done", false);
        chunk(jobId, seq, line.toString());
    }

    /** The line that ends an answer, and the end of the job. */
    void end(String jobId, int seq) {
        chunk(
                jobId,
                seq,
                "{\"model\":\"raw\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}");
        var complete = JsonNodeFactory.instance.objectNode();
        complete.put("type", "job_complete").put("jobId", jobId).put("lastSeq", seq);
        text(complete.toString());
    }

    /** The end of a job that the gateway has told it to stop. */
    void cancelled(String jobId) {
        var error = JsonNodeFactory.instance.objectNode();
        error.put("type", "job_error").put("jobId", jobId).put("code", "cancelled");
        text(error.put("error", "the job was cancelled").toString());
    }

    private void chunk(String jobId, int seq, String line) {
        var chunk = JsonNodeFactory.instance.objectNode();
        chunk.put("type", "chunk").put("jobId", jobId).put("seq", seq);
        chunk.putArray("lines").add(line);
        text(chunk.toString());
    }

    /** Whoever answers jobs and whoever listens may send at once. */
    synchronized void frame(int opcode, byte[] payload) {
        // A mask of zeros is a mask, and leaves the bytes as they are.
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) (FINAL | opcode));
        if (payload.length <= SHORT_MAX) {
            frame.put((byte) (MASKED | payload.length));
        } else if (payload.length <= 0xFFFF) {
            frame.put((byte) (MASKED | TWO_BYTES)).putShort((short) payload.length);
        } else {
            frame.put((byte) (MASKED | EIGHT_BYTES)).putLong(payload.length);
        }
        frame.putInt(0).put(payload).flip();
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        connection.send(bytes);
    }

    /** A frame that the gateway may refuse before it has read all of it; {@link #awaitClose} says what it did. */
    void frameThatMayBeRefused(int opcode, byte[] payload) {
        try {
            frame(opcode, payload);
        } catch (UncheckedIOException closedMeanwhile) {
            // The gateway's side of the connection is still to be read.
        }
    }

    /** Waits for a message of that type; others are passed over. */
    JsonNode awaitMessage(String type) {
        long began = System.nanoTime();
        try {
            while (true) {
                Frame frame = next(began);
                if (frame.opcode() == CLOSE) {
                    throw new AssertionError("closed with " + code(frame) + " while waiting for " + type);
                }
                if (frame.opcode() == TEXT) {
                    JsonNode message = Http.json(frame.text());
                    if (message.path("type").asText().equals(type)) {
                        return message;
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError("the connection ended while waiting for " + type, e);
        }
    }

    /** Hears every message until the connection ends. The gateway's pings keep it from being silent. */
    void listen(Consumer<JsonNode> messages) {
        try {
            while (true) {
                Frame frame = next(System.nanoTime());
                if (frame.opcode() == CLOSE) {
                    return;
                }
                messages.accept(Http.json(frame.text()));
            }
        } catch (IOException ended) {
            // Nobody is left to be heard.
        }
    }

    /** Waits for the end of the connection and says its code. */
    int awaitClose() {
        long began = System.nanoTime();
        try {
            while (true) {
                Frame frame = next(began);
                if (frame.opcode() == CLOSE) {
                    int code = code(frame);
                    frameThatMayBeRefused(CLOSE, new byte[0]);
                    return code;
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("not closed within " + Patience.FOR_AN_EVENT, e);
        } catch (IOException ended) {
            return NO_CLOSE_FRAME;
        }
    }

    private static int code(Frame close) {
        return close.payload().remaining() < Short.BYTES
                ? NO_CLOSE_FRAME
                : Short.toUnsignedInt(close.payload().getShort(0));
    }

    /** The next frame that is not a ping; pings alone do not make the waiting longer. */
    private Frame next(long beganNanos) throws IOException {
        while (true) {
            if (System.nanoTime() - beganNanos > Patience.FOR_AN_EVENT.toNanos()) {
                throw new AssertionError("nothing but pings within " + Patience.FOR_AN_EVENT);
            }
            int first = in.read();
            if (first < 0) {
                throw new EOFException();
            }
            int length = in.readUnsignedByte();
            if (length == TWO_BYTES) {
                length = in.readUnsignedShort();
            } else if (length == EIGHT_BYTES) {
                length = Math.toIntExact(in.readLong());
            }
            byte[] payload = new byte[length];
            in.readFully(payload);
            int opcode = first & 0x0F;
            if (opcode != PING) {
                return new Frame(opcode, ByteBuffer.wrap(payload));
            }
            frameThatMayBeRefused(PONG, payload);
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
