package org.ollamaorchestrator.gateway.connections;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One connection, from the moment it is accepted: closes it if a request's head takes too long, or if it is not used. Whatever
 * is being answered is nobody's concern here, however long that takes. All of it happens on the connection's event loop.
 */
final class ConnectionWatch extends ChannelInboundHandlerAdapter {

    static final AttributeKey<ConnectionWatch> KEY = AttributeKey.valueOf(ConnectionWatch.class, "watch");

    private static final Logger LOG = Logger.getLogger(ConnectionWatch.class);

    /** What a connection is waited for. */
    private enum Stage {
        /** For the head of a request, of which nothing or a part has come. */
        HEAD,
        /** For the end of at least one request. */
        ANSWERING,
        /** For a next request, of which nothing has come. */
        IDLE
    }

    private final Duration headWithin;
    private final Duration idleMax;

    private Stage stage = Stage.HEAD;
    private boolean multiplexed;
    private int requests;
    private long unsent;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> deadline;

    /** To be added to its connection's pipeline, as the first of it. */
    ConnectionWatch(Duration headWithin, Duration idleMax) {
        this.headWithin = headWithin;
        this.idleMax = idleMax;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        within(headWithin);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        cancel();
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object bytes) {
        // Of HTTP/2 there is always something that is no request: acknowledgements, pings, windows.
        if (stage == Stage.IDLE && !multiplexed) {
            stage = Stage.HEAD;
            within(headWithin);
        }
        reading.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext closed) {
        cancel();
        closed.fireChannelInactive();
    }

    /** @param http2 whether the connection carries several requests at once */
    void requestBegan(boolean http2) {
        multiplexed = http2;
        requests++;
        stage = Stage.ANSWERING;
        cancel();
    }

    /** From any thread. */
    void requestEnded() {
        ChannelHandlerContext here = context;
        if (here == null) {
            return;
        }
        if (here.executor().inEventLoop()) {
            ended();
        } else {
            here.executor().execute(this::ended);
        }
    }

    private void ended() {
        requests--;
        if (requests == 0) {
            stage = Stage.IDLE;
            within(idleMax);
        }
    }

    private void within(Duration time) {
        cancel();
        ChannelHandlerContext here = context;
        if (here != null && here.channel().isOpen()) {
            deadline = here.executor().schedule(() -> overdue(here), time.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void overdue(ChannelHandlerContext here) {
        long before = unsent;
        ChannelOutboundBuffer sending = here.channel().unsafe().outboundBuffer();
        unsent = sending == null ? 0 : sending.totalPendingWriteBytes();
        if (unsent > 0 && unsent != before) {
            // The last answer is still being taken, as slowly as that is.
            within(stage == Stage.HEAD ? headWithin : idleMax);
            return;
        }
        LOG.debugf(
                "a connection from %s is closed: %s",
                here.channel().remoteAddress(),
                stage == Stage.HEAD ? "no whole request came in time" : "it was not used");
        var _ = here.close();
    }

    private void cancel() {
        Future<?> waiting = deadline;
        if (waiting != null) {
            var _ = waiting.cancel(false);
            deadline = null;
        }
    }
}
