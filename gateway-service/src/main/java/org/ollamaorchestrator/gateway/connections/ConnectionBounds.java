package org.ollamaorchestrator.gateway.connections;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.ManagementInterface;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentsPort;
import org.ollamaorchestrator.gateway.security.ClientAddresses;

/**
 * Bounds the connections of every port before their first byte. Vert.x tells of a connection only when it knows which HTTP it
 * speaks, and Quarkus does not give its server out; so this looks at what Vert.x' accepting thread hands over. Requests, which
 * it sees as the first filter of all, tell when a connection is in use.
 */
@Singleton
public class ConnectionBounds {

    /** Before everything else that looks at a request. */
    private static final int PRIORITY = 2_000;

    private static final String GATE = "orchestrator's gate";

    private static final String SEEN = ConnectionBounds.class.getName();

    private static final int SWITCHING_PROTOCOLS = 101;

    private final Vertx vertx;
    private final GatewayConfig config;
    private final ClientAddresses addresses;
    private final AgentsPort agentsPort;
    private final Map<Integer, Port> ports = new ConcurrentHashMap<>();

    ConnectionBounds(Vertx vertx, GatewayConfig config, ClientAddresses addresses, AgentsPort agentsPort) {
        this.vertx = vertx;
        this.config = config;
        this.addresses = addresses;
        this.agentsPort = agentsPort;
    }

    /** All ports are open by now; what was accepted before this is taken in with its first request. */
    void listening(@ObservesAsync HttpServerStart event) {
        for (EventExecutor loop : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
            loop.execute(() -> guardAll((SingleThreadEventLoop) loop));
        }
    }

    void register(@Observes Filters filters) {
        filters.register(this::watched, PRIORITY);
    }

    void register(@Observes ManagementInterface management) {
        management.router().route().order(Integer.MIN_VALUE).handler(this::watched);
    }

    private void guardAll(SingleThreadEventLoop accepting) {
        accepting.registeredChannelsIterator().forEachRemaining(channel -> {
            if (channel instanceof ServerChannel && channel.localAddress() instanceof InetSocketAddress local) {
                // In dev mode the server outlives the application.
                if (channel.pipeline().get(GATE) != null) {
                    channel.pipeline().remove(GATE);
                }
                channel.pipeline().addFirst(GATE, new Gate(port(local.getPort())));
            }
        });
    }

    private static final class Gate extends ChannelInboundHandlerAdapter {

        private final Port port;

        Gate(Port port) {
            this.port = port;
        }

        @Override
        public void channelRead(ChannelHandlerContext listening, Object accepted) {
            if (accepted instanceof Channel connection && !port.admits(connection)) {
                connection.unsafe().closeForcibly();
            } else {
                listening.fireChannelRead(accepted);
            }
        }
    }

    private Port port(int number) {
        return ports.computeIfAbsent(number, this::newPort);
    }

    private Port newPort(int number) {
        ConnectionCounts counts = number == agentsPort.port()
                ? new ConnectionCounts(
                        config.agents().connectionsMax(), config.agents().connectionsPerAddressMax())
                : new ConnectionCounts(
                        config.clients().connectionsMax(), config.clients().connectionsPerAddressMax());
        return new Port(
                number,
                counts,
                addresses,
                config.clients().headWithin(),
                config.clients().idleMax());
    }

    private void watched(RoutingContext context) {
        if (context.get(SEEN) == null) {
            context.put(SEEN, true);
            HttpServerRequest request = context.request();
            Channel connection = ((ConnectionBase) request.connection()).channel();
            if (connection.attr(ConnectionWatch.KEY).get() == null
                    && !port(request.localAddress().port()).admits(connection)) {
                request.connection().close();
                return;
            }
            ConnectionWatch watch = connection.attr(ConnectionWatch.KEY).get();
            watch.requestBegan(request.version() == HttpVersion.HTTP_2);
            context.addEndHandler(ignored -> {
                // A WebSocket has no requests any more; its sessions are watched by their heartbeats.
                if (context.response().getStatusCode() != SWITCHING_PROTOCOLS) {
                    watch.requestEnded();
                }
            });
        }
        context.next();
    }
}
