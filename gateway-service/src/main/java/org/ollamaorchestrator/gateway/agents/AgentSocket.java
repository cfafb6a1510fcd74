package org.ollamaorchestrator.gateway.agents;

import io.netty.handler.codec.DecoderException;
import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnPingMessage;
import io.quarkus.websockets.next.OnPongMessage;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.UserData.TypedKey;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayId;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV2;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * The agents' WebSocket: gives each connection its session and passes on what arrives. It decides nothing. All callbacks
 * are non-blocking, so they run on the connection's event loop, one after the other.
 */
@WebSocket(path = AgentSocket.PATH)
public class AgentSocket {

    /** Where agents connect: on the main port here alone, on the agents' port at the root as well. */
    public static final String PATH = "/agents";

    private static final Logger LOG = Logger.getLogger(AgentSocket.class);

    /** What the agent has proved itself by, which {@code UpgradeGate} has looked at. */
    public static final TypedKey<AgentCredential> CREDENTIAL = new TypedKey<>("agent-credential");

    private static final TypedKey<AgentSession> SESSION = new TypedKey<>("agent-session");

    private static final TypedKey<Long> REGISTER_TIMER = new TypedKey<>("register-timer");

    private final GatewayId gatewayId = new GatewayId(newId());
    private final MessageCodec codec = new MessageCodec();
    private final GatewayConfig config;
    private final AgentRegistry registry;
    private final Heartbeats heartbeats;
    private final FleetListener fleet;
    private final JobInbox inbox;
    private final AgentRecords records;
    private final CredentialWatch credentials;
    private final Vertx vertx;

    AgentSocket(
            GatewayConfig config,
            AgentRegistry registry,
            Heartbeats heartbeats,
            FleetListener fleet,
            JobInbox inbox,
            AgentRecords records,
            CredentialWatch credentials,
            Vertx vertx) {
        this.records = records;
        this.credentials = credentials;
        this.vertx = vertx;
        this.config = config;
        this.registry = registry;
        this.heartbeats = heartbeats;
        this.fleet = fleet;
        this.inbox = inbox;
    }

    @OnOpen
    @NonBlocking
    void opened(WebSocketConnection connection) {
        var offeredId = new AgentId(newId());
        var welcome = new WelcomeV2(
                offeredId,
                System.currentTimeMillis(),
                gatewayId,
                config.agents().heartbeat().toMillis(),
                config.agents().resumeWindow().toMillis(),
                config.window().lines(),
                (int) config.window().bytes().asLongValue(),
                null,
                true);
        var session = new AgentSession(
                connection,
                welcome,
                offeredId,
                codec,
                registry,
                fleet,
                inbox,
                records,
                Optional.ofNullable(connection.userData().get(CREDENTIAL)));
        connection.userData().put(SESSION, session);
        heartbeats.watch(session);
        session.greet();
        Duration within = config.agents().registerWithin();
        long timer = vertx.setTimer(within.toMillis(), ignored -> session.closeUnlessRegistered(within));
        connection.userData().put(REGISTER_TIMER, timer);
        // It may have been revoked between the look at it and this.
        credentials.check(session);
    }

    /** All of them as one stream: a callback for each would cost a context and two turns of the event loop a token. */
    @OnTextMessage
    @NonBlocking
    void text(Multi<String> frames, WebSocketConnection connection) {
        frames.subscribe().with(frame -> receive(frame, connection), failure -> failed(failure, connection));
    }

    /** Whatever fails ends neither the stream nor, by itself, the connection. */
    private void receive(String frame, WebSocketConnection connection) {
        try {
            session(connection).receive(frame);
        } catch (RuntimeException e) {
            failed(e, connection);
        }
    }

    @OnBinaryMessage
    @NonBlocking
    void binary(Buffer frame, WebSocketConnection connection) {
        session(connection).expel(CloseCode.BINARY_FRAME, "binary frames are not part of the protocol");
    }

    @OnPingMessage
    @NonBlocking
    void ping(Buffer data, WebSocketConnection connection) {
        session(connection).heard();
    }

    @OnPongMessage
    @NonBlocking
    void pong(Buffer data, WebSocketConnection connection) {
        session(connection).heard();
    }

    /**
     * A frame that cannot be decoded makes Netty close the connection, and its error may come after that. One turn later it is
     * known whether the connection dropped, so that its jobs may go on, or broke the protocol, so that they end.
     */
    @OnClose
    @NonBlocking
    void closed(WebSocketConnection connection) {
        AgentSession session = session(connection);
        heartbeats.forget(session);
        vertx.cancelTimer(connection.userData().get(REGISTER_TIMER));
        vertx.getOrCreateContext().runOnContext(ignored -> session.closed());
    }

    /** Without this, whatever fails would close the connection with 1011 and lose all its jobs. */
    @OnError
    @NonBlocking
    void failed(Throwable failure, WebSocketConnection connection) {
        AgentSession session = session(connection);
        switch (failure) {
            case DecoderException e -> session.expel(CloseCode.NOT_JSON, "a frame is too long, or not UTF-8");
            // A connection that is reset is one that dropped: its close says so.
            case HttpClosedException e -> LOG.debugf("the connection of agent %s is closed", session.id());
            case SocketException e -> LOG.debugf("the connection of agent %s broke: %s", session.id(), e.getMessage());
            default -> LOG.errorf(failure, "a callback of agent %s failed", session.id());
        }
    }

    private static AgentSession session(WebSocketConnection connection) {
        return connection.userData().get(SESSION);
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }
}
