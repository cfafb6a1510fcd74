package org.ollamaorchestrator.agent.connection;

import io.smallrye.mutiny.Uni;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.ollamaorchestrator.agent.bridge.Replies;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * What one connection still has to send. Nothing waits here to be sent: each frame goes to the socket at once, and what the
 * socket has not taken yet is counted. Over the bound the jobs stop reading from Ollama, so no more than one read of each
 * comes on top; control frames go all the same.
 */
final class Outbox implements Replies {

    static final long BYTES_MAX = 1024 * 1024;

    /** Where frames go. */
    interface Socket {

        /** Completes when the frame is on its way, or never will be. */
        Uni<Void> send(String frame);
    }

    private final MessageCodec codec;
    private final Socket socket;
    private final Executor loop;
    private final Runnable writableAgain;
    private final AtomicLong bytesInFlight = new AtomicLong();
    private volatile boolean full;
    private boolean closed;
    private boolean plainLines;

    /** @param writableAgain runs on {@code loop} when the outbox has ceased to be full */
    Outbox(MessageCodec codec, Socket socket, Executor loop, Runnable writableAgain) {
        this.codec = codec;
        this.socket = socket;
        this.loop = loop;
        this.writableAgain = writableAgain;
    }

    @Override
    public void send(AgentMessage message) {
        if (closed) {
            return;
        }
        String frame = plainLines && message instanceof Lines lines ? codec.encodePlain(lines) : codec.encode(message);
        long bytes = frame.length();
        if (bytesInFlight.addAndGet(bytes) > BYTES_MAX) {
            full = true;
        }
        // A frame that cannot be sent means that the connection is gone: its close tells.
        socket.send(frame).subscribe().with(done -> sent(bytes), gone -> sent(bytes));
        emptied();
    }

    /** Sends lines in plain chunks from now on: the gateway takes them so. */
    void sendPlainLines() {
        plainLines = true;
    }

    @Override
    public boolean full() {
        return full;
    }

    /** Sends nothing from now on: the connection is over. */
    void close() {
        closed = true;
    }

    /** On the connection's own context. */
    private void sent(long bytes) {
        bytesInFlight.addAndGet(-bytes);
        emptied();
    }

    private void emptied() {
        if (full && bytesInFlight.get() < BYTES_MAX / 2) {
            loop.execute(() -> {
                if (full && bytesInFlight.get() < BYTES_MAX / 2) {
                    full = false;
                    writableAgain.run();
                }
            });
        }
    }
}
