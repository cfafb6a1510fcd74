package org.ollamaorchestrator.agent.connection;

import io.quarkus.websockets.next.BasicWebSocketConnector;
import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketClientConnection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.util.Optional;
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
    private final GatewayTls tls;
    private final Optional<Enroller> enroller;

    /** @param enrolment if the agent has to get a token of its own first */
    public GatewayDialer(
            Vertx vertx,
            Supplier<BasicWebSocketConnector> connectors,
            GatewayAddress gateway,
            Proxies proxies,
            GatewayTls tls,
            Optional<Enrolment> enrolment) {
        this.connectors = connectors;
        this.gateway = gateway;
        this.proxies = proxies;
        this.tls = tls;
        this.enroller = enrolment.map(order -> new Enroller(vertx, gateway, proxies, tls, order));
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

        /** The first of them counts. */
        void closed(CloseReason reason);

        void failed(Throwable cause);
    }

    Uni<WebSocketClientConnection> dial(Listener listener) {
        return enroller.map(first -> Uni.createFrom()
                        .completionStage(() -> first.ownToken().toCompletionStage())
                        .flatMap(own -> connect(gateway.withToken(own), listener)))
                .orElseGet(() -> connect(gateway, listener));
    }

    private Uni<WebSocketClientConnection> connect(GatewayAddress to, Listener listener) {
        BasicWebSocketConnector connector = connectors
                .get()
                .baseUri(to.base())
                .path(to.path())
                .executionModel(BasicWebSocketConnector.ExecutionModel.NON_BLOCKING)
                .customizeOptions(this::customize)
                .onTextMessage((connection, frame) -> listener.text(frame))
                .onBinaryMessage((connection, frame) -> listener.binary())
                .onPing((connection, data) -> listener.signOfLife())
                .onPong((connection, data) -> listener.signOfLife())
                .onClose((connection, reason) -> listener.closed(reason))
                .onError((connection, cause) -> failed(listener, cause));
        if (to.authorization() != null) {
            connector.addHeader("Authorization", to.authorization());
        }
        return connector.connect();
    }

    /**
     * Of a connection that ends without a close frame the connector says first this, and then, unless this side has sent a
     * close frame, that it is closed. So this is the end.
     */
    private static void failed(Listener listener, Throwable cause) {
        if (cause instanceof HttpClosedException) {
            listener.closed(CloseReason.ABNORMAL);
        } else {
            listener.failed(cause);
        }
    }

    private void customize(WebSocketConnectOptions connect, WebSocketClientOptions client) {
        client.setMaxFrameSize(ProtocolLimits.MESSAGE_BYTES_MAX)
                .setMaxMessageSize(ProtocolLimits.MESSAGE_BYTES_MAX)
                .setTryUsePerMessageCompression(false)
                .setClosingTimeout(CLOSING_SECONDS_MAX)
                .setTcpNoDelay(true);
        if (gateway.secure()) {
            tls.secure(client);
            client.setVerifyHost(tls.verifiesHost());
        }
        connect.setTimeout(CONNECT_TIME_MAX.toMillis());
        // An Origin is what a browser sends; the gateway refuses whoever does.
        connect.setAllowOriginHeader(false);
        proxies.onTheWayTo(gateway.base()).ifPresent(proxy -> connect.setProxyOptions(proxy.options()));
    }
}
