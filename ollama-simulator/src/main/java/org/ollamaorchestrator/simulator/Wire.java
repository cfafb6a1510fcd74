package org.ollamaorchestrator.simulator;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** The simulator's grip on the TCP connection under HTTP: what Vert.x has no call for. */
final class Wire {
    private static final String SPLITTER = "simulator-splitter";

    private Wire() {}

    /** Closes by RST instead of FIN. */
    static void reset(HttpConnection connection) {
        Channel channel = channel(connection);
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        var _ = channel.close();
    }

    /** Sends what follows in segments of that many bytes; 0 sends as usual again. */
    static void split(HttpConnection connection, int bytes) {
        Channel channel = channel(connection);
        if (channel.pipeline().get(SPLITTER) instanceof Splitter splitter) {
            splitter.pieceBytes = bytes;
        } else if (bytes > 0) {
            channel.pipeline().addFirst(SPLITTER, new Splitter(bytes));
        }
    }

    private static Channel channel(HttpConnection connection) {
        // Vert.x 4 has no public way to the channel of a server's HTTP connection.
        return ((ConnectionBase) connection).channel();
    }

    /**
     * Pieces leave a millisecond apart: without that a receiver finds them side by side in its buffer and reads them as
     * one. What waits here is bounded by the writer, which awaits each write before the next one.
     */
    private static final class Splitter extends ChannelOutboundHandlerAdapter {
        private final Deque<Piece> waiting = new ArrayDeque<>();
        private int pieceBytes;
        private boolean ticking;

        private record Piece(ByteBuf bytes, ChannelPromise promise) {}

        Splitter(int pieceBytes) {
            this.pieceBytes = pieceBytes;
        }

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (!(message instanceof ByteBuf bytes) || (pieceBytes == 0 && waiting.isEmpty())) {
                var _ = context.write(message, promise);
                return;
            }
            while (pieceBytes > 0 && bytes.readableBytes() > pieceBytes) {
                waiting.add(new Piece(bytes.readRetainedSlice(pieceBytes), context.newPromise()));
            }
            waiting.add(new Piece(bytes, promise));
            if (!ticking) {
                tick(context);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            Piece piece;
            while ((piece = waiting.poll()) != null) {
                piece.bytes().release();
                piece.promise().tryFailure(new IllegalStateException("connection closed"));
            }
        }

        private void tick(ChannelHandlerContext context) {
            Piece piece = waiting.poll();
            ticking = piece != null;
            if (piece != null) {
                var _ = context.writeAndFlush(piece.bytes(), piece.promise());
                var _ = context.executor().schedule(() -> tick(context), 1, TimeUnit.MILLISECONDS);
            }
        }
    }
}
