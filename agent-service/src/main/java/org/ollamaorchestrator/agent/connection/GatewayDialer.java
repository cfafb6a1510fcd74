package org.ollamaorchestrator.agent.connection;

import io.quarkus.websockets.next.BasicWebSocketConnector;
import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketClientConnection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.time.Duration;
import java.util.function.Supplier;
import org.ollamaorchestrator.protocol.ProtocolLimits;

/** Opens connections to one gateway, through a proxy if one is on the way. Connectors cannot be used twice. */
public final class GatewayDialer {

    private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(10);

    /** How long a peer may take to answer our close; then TCP is closed all the same. */
    private static final int CLOSING_SECONDS_MAX = 2;

    private final Supplier<BasicWebSocketConnector> connectors;
    private final GatewayAddress gateway;
    private final Proxies proxies;

    public GatewayDialer(Supplier<BasicWebSocketConnector> connectors, GatewayAddress gateway, Proxies proxies) {
        this.connectors = connectors;
        this.gateway = gateway;
        this.proxies = proxies;
    }

    GatewayAddress gateway() {
        return gateway;
    }

    /** Called on the connection's own context, in order. */
    interface Listener {

        void text(String frame);

        void binary();

        /** A ping or a pong came. */
        void signOfLife();

        void closed(CloseReason reason);

        void failed(Throwable cause);
    }

    Uni<WebSocketClientConnection> dial(Listener listener) {
        BasicWebSocketConnector connector = connectors
                .get()
                .baseUri(gateway.base())
                .path(gateway.path())
                .executionModel(BasicWebSocketConnector.ExecutionModel.NON_BLOCKING)
                .customizeOptions(this::customize)
                .onTextMessage((connection, frame) -> listener.text(frame))
                .onBinaryMessage((connection, frame) -> listener.binary())
                .onPing((connection, data) -> listener.signOfLife())
                .onPong((connection, data) -> listener.signOfLife())
                .onClose((connection, reason) -> listener.closed(reason))
                .onError((connection, cause) -> listener.failed(cause));
        if (gateway.authorization() != null) {
            connector.addHeader("Authorization", gateway.authorization());
        }
        return connector.connect();
    }

    private void customize(WebSocketConnectOptions connect, WebSocketClientOptions client) {
        client.setMaxFrameSize(ProtocolLimits.MESSAGE_BYTES_MAX)
                .setMaxMessageSize(ProtocolLimits.MESSAGE_BYTES_MAX)
                .setTryUsePerMessageCompression(false)
                .setClosingTimeout(CLOSING_SECONDS_MAX)
                .setTcpNoDelay(true);
        connect.setTimeout(CONNECT_TIME_MAX.toMillis());
        // An Origin is what a browser sends; the gateway refuses whoever does.
        connect.setAllowOriginHeader(false);
        proxies.onTheWayTo(gateway.base()).ifPresent(proxy -> connect.setProxyOptions(options(proxy)));
    }

    private static ProxyOptions options(Proxies.Proxy proxy) {
        ProxyOptions options =
                new ProxyOptions().setType(ProxyType.HTTP).setHost(proxy.host()).setPort(proxy.port());
        return proxy.username().isEmpty()
                ? options
                : options.setUsername(proxy.username()).setPassword(proxy.password());
    }
}
