package org.ollamaorchestrator.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.WebSocketInternal;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.codec.Decoded;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/** An agent that says what a test tells it to, over a real WebSocket, and keeps what the gateway said. */
@NullMarked
final class FakeAgent implements AutoCloseable {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final MessageCodec codec = new MessageCodec();
    private final LinkedBlockingQueue<GatewayMessage> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final WebSocketClient client;
    private final ClientWebSocket socket;

    @SuppressWarnings("NullAway.Init") // there from connect() on
    private Channel transport;

    private FakeAgent(WebSocketClient client) {
        this.client = client;
        this.socket = client.webSocket();
        socket.textMessageHandler(frame -> {
            if (codec.decodeGatewayMessage(frame) instanceof Decoded.Known<GatewayMessage>(var message)) {
                heard.add(message);
            }
        });
        socket.closeHandler(ignored -> {
            Short code = socket.closeStatusCode();
            closed.complete(code == null ? -1 : code.intValue());
        });
    }

    static FakeAgent connect(Vertx vertx, int port, String path) {
        return connect(vertx, port, path, "");
    }

    /** @param authorization the header; empty for none */
    static FakeAgent connect(Vertx vertx, int port, String path, String authorization) {
        var agent = new FakeAgent(
                vertx.createWebSocketClient(new WebSocketClientOptions().setMaxMessageSize(4 * 1024 * 1024)));
        var options = new WebSocketConnectOptions()
                .setHost("localhost")
                .setPort(port)
                .setURI(path)
                .setAllowOriginHeader(false);
        if (!authorization.isEmpty()) {
            options.putHeader("Authorization", authorization);
        }
        WebSocket connected =
                soon(agent.socket.connect(options).toCompletionStage().toCompletableFuture());
        agent.transport =
                ((WebSocketInternal) connected).channelHandlerContext().channel();
        return agent;
    }

    /** Registers as a version 2 agent, whose identity is its name, and whose models are in memory. */
    @CanIgnoreReturnValue
    FakeAgent registered(String name, int slots, String... models) {
        return registered(name, slots, List.of(models), List.of(models), "");
    }

    /** The same with nothing in memory. */
    @CanIgnoreReturnValue
    FakeAgent registeredCold(String name, int slots, String... models) {
        return registered(name, slots, List.of(models), List.of(), "");
    }

    /** The same, coming back with a job of which it has sent lines up to that one. */
    @CanIgnoreReturnValue
    FakeAgent back(String name, JobId job, long lastSeq, String... models) {
        String resuming = "{\"jobId\":\"%s\",\"lastSeq\":%d}".formatted(job, lastSeq);
        return registered(name, 1, List.of(models), List.of(models), resuming);
    }

    @CanIgnoreReturnValue
    private FakeAgent registered(String name, int slots, List<String> models, List<String> loaded, String resuming) {
        say("""
                {"type":"register","protocol":2,"agentId":"%s","instanceId":"%s-1","name":"%s","version":"9","slots":%d,
                 "ollamaVersion":"0.32.15","catalog":[%s],"loaded":[%s],"resuming":[%s]}""".formatted(name, name, name, slots, entries(models), entries(loaded), resuming));
        await(GatewayMessage.Registered.class);
        return this;
    }

    private static String entries(List<String> models) {
        return models.stream()
                .map(model -> "{\"name\":\"" + model + "\",\"model\":\"" + model + "\"}")
                .collect(Collectors.joining(","));
    }

    void say(String frame) {
        soon(socket.writeTextMessage(frame).toCompletionStage().toCompletableFuture());
    }

    void say(AgentMessage message) {
        say(codec.encode(message));
    }

    void sayLines(JobId job, long seq, String... lines) {
        say(new AgentMessage.Lines(job, seq, List.of(lines)));
    }

    void sayBytes(Buffer bytes) {
        soon(socket.writeBinaryMessage(bytes).toCompletionStage().toCompletableFuture());
    }

    /** A text frame that holds these bytes as they are. */
    void sayText(byte... bytes) {
        soon(socket.writeFrame(new WebSocketFrameImpl(WebSocketFrameType.TEXT, Unpooled.wrappedBuffer(bytes)))
                .toCompletionStage()
                .toCompletableFuture());
    }

    /** The next message of that kind; others are passed over. */
    @CanIgnoreReturnValue
    <M extends GatewayMessage> M await(Class<M> kind) {
        long until = System.nanoTime() + SOON.toNanos();
        while (true) {
            GatewayMessage message;
            try {
                message = heard.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertThat(message)
                    .as("a %s from the gateway", kind.getSimpleName())
                    .isNotNull();
            if (kind.isInstance(message)) {
                return kind.cast(message);
            }
        }
    }

    /** Reads nothing more, so that it answers no ping either, with its connection open. */
    void fallSilent() {
        // To pause the socket is not enough: it answers pings until the queue of what it has not read is full.
        transport.config().setAutoRead(false);
    }

    int awaitClose() {
        return soon(closed);
    }

    boolean isOpen() {
        return !closed.isDone();
    }

    @Override
    public void close() {
        transport.config().setAutoRead(true);
        soon(client.close().toCompletionStage().toCompletableFuture());
    }

    @CanIgnoreReturnValue
    private static <T> T soon(CompletableFuture<T> future) {
        try {
            return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
