package org.ollamaorchestrator.gateway.connections;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.security.ClientAddresses;

/** One port's bounds, and who is within them. */
final class Port {

    private static final Logger LOG = Logger.getLogger(Port.class);

    private static final long TOLD_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

    private final int number;
    private final ConnectionCounts counts;
    private final ClientAddresses addresses;
    private final Duration headWithin;
    private final Duration idleMax;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - TOLD_EVERY_NANOS);

    Port(int number, ConnectionCounts counts, ClientAddresses addresses, Duration headWithin, Duration idleMax) {
        this.number = number;
        this.counts = counts;
        this.addresses = addresses;
        this.headWithin = headWithin;
        this.idleMax = idleMax;
    }

    /**
     * Takes a connection in, which is watched and counted until it ends.
     *
     * @return whether there was room for it; if not, it has to be closed
     */
    boolean admits(Channel connection) {
        InetAddress from = address(connection.remoteAddress());
        if (!counts.enter(from, addresses.isTrustedProxy(from))) {
            tellRefused(from);
            return false;
        }
        connection.closeFuture().addListener(ignored -> counts.leave(from));
        var watch = new ConnectionWatch(headWithin, idleMax);
        connection.attr(ConnectionWatch.KEY).set(watch);
        connection.pipeline().addFirst(watch);
        return true;
    }

    /** A flood of connections is not one of lines in the log. */
    private void tellRefused(InetAddress from) {
        refused.incrementAndGet();
        long last = toldAt.get();
        long now = System.nanoTime();
        if (now - last >= TOLD_EVERY_NANOS && toldAt.compareAndSet(last, now)) {
            LOG.warnf(
                    "port %d has as many connections as it may have, in all or from one address: %d were closed at once,"
                            + " the last one from %s",
                    number, refused.getAndSet(0), from.getHostAddress());
        }
    }

    private static InetAddress address(SocketAddress remote) {
        return remote instanceof InetSocketAddress of ? of.getAddress() : InetAddress.getLoopbackAddress();
    }
}
