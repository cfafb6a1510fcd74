package org.ollamaorchestrator.agent.connection;

import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketClientConnection;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.bridge.JobBridge;
import org.ollamaorchestrator.agent.ollama.OllamaSnapshot;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Room;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * Keeps one connection to the gateway: dials, lets a {@link GatewaySession} talk, and dials again, for ever. All its state
 * belongs to the agent's context, to which the callbacks of whichever connection is current hand over; only {@link #state}
 * may be read elsewhere.
 */
public final class GatewayLink {

    private static final Logger LOG = Logger.getLogger(GatewayLink.class);

    /** A connection that lasted this long has proved itself, and the next attempts begin from the shortest wait again. */
    private static final Duration STABLE_AFTER = Duration.ofSeconds(10);

    private static final int TROUBLES_TOLD_MAX = 16;

    /**
     * After these nobody will ask for the connection's jobs again: one side broke the protocol or may not connect, or the
     * gateway's process ends.
     */
    private static final Set<CloseCode> ENDS_ITS_JOBS = Collections.unmodifiableSet(EnumSet.of(
            CloseCode.BINARY_FRAME,
            CloseCode.NOT_JSON,
            CloseCode.BAD_MESSAGE,
            CloseCode.RESTARTING,
            CloseCode.ID_IN_USE,
            CloseCode.OTHER_CREDENTIALS,
            CloseCode.CREDENTIALS_REVOKED));

    private final Vertx vertx;
    private final Context loop;
    private final GatewayDialer dialer;
    private final Backoff backoff;
    private final RandomGenerator random;
    private final GatewaySession.Surroundings surroundings;
    private final JobBridge bridge;
    private final Set<String> troublesTold = new HashSet<>();
    private OllamaSnapshot ollama;
    private Room room = Room.UNKNOWN;
    private final LongAdder registrations = new LongAdder();
    private volatile LinkState state = new LinkState.Connecting();
    private @Nullable GatewaySession session;
    private @Nullable WebSocketClientConnection current;
    private @Nullable Promise<Void> leaving;
    private long timer = -1;
    private int failures;
    private long registeredNanos;

    public GatewayLink(
            Vertx vertx,
            Context loop,
            GatewayDialer dialer,
            Backoff backoff,
            RandomGenerator random,
            AgentProfile profile,
            List<ModelName> configuredModels,
            JobBridge bridge,
            OllamaSnapshot ollama) {
        this.vertx = vertx;
        this.loop = loop;
        this.dialer = dialer;
        this.backoff = backoff;
        this.random = random;
        this.bridge = bridge;
        this.ollama = ollama;
        surroundings =
                new GatewaySession.Surroundings(vertx, loop, new MessageCodec(), profile, configuredModels, bridge);
    }

    /** From any thread. */
    public LinkState state() {
        return state;
    }

    /** How often the agent has registered. From any thread. */
    public long registrations() {
        return registrations.sum();
    }

    public void open() {
        connect();
    }

    public void ollamaChanged(OllamaSnapshot now) {
        ollama = now;
        if (session != null) {
            session.ollamaChanged(now);
        }
    }

    /** The machine has more room than it had, or less. */
    public void roomChanged(Room now) {
        room = now;
        if (session != null) {
            session.roomChanged(now);
        }
    }

    public void activityChanged() {
        if (session != null) {
            session.activityChanged();
        }
    }

    /** Ends the link for good. Completes when the connection is closed, or there is none. */
    public Future<Void> leave() {
        state = new LinkState.Closed();
        vertx.cancelTimer(timer);
        Promise<Void> left = Promise.promise();
        leaving = left;
        if (session == null || current == null || current.isClosed()) {
            left.tryComplete();
        } else {
            session.close(CloseCode.GOING_AWAY, "the agent is stopped");
        }
        return left.future();
    }

    private void connect() {
        if (leaving != null) {
            return;
        }
        state = new LinkState.Connecting();
        Callbacks callbacks = new Callbacks();
        dialer.dial(callbacks)
                .subscribe()
                .with(
                        connection -> loop.runOnContext(on -> connected(callbacks, connection)),
                        cause -> loop.runOnContext(on -> notConnected(cause)));
    }

    private void connected(Callbacks callbacks, WebSocketClientConnection connection) {
        if (leaving != null) {
            connection.close().subscribe().with(done -> {}, gone -> {});
            return;
        }
        state = new LinkState.Greeting();
        current = connection;
        GatewaySession started = new GatewaySession(surroundings, connection, ollama, room, new SessionOwner());
        session = started;
        callbacks.attach(started);
    }

    private void notConnected(Throwable cause) {
        boolean refused = cause instanceof EnrolmentRefused
                || (cause instanceof UpgradeRejectedException rejected
                        && rejected.getStatus() >= 400
                        && rejected.getStatus() < 500);
        tryAgain(why(cause), refused ? Optional.of(backoff.max()) : Optional.empty());
    }

    private void sessionEnded(GatewaySession ended, CloseReason reason) {
        session = null;
        Optional<CloseCode> code = CloseCode.ofNumber(reason.getCode());
        // The one place that decides what the end of a connection costs its jobs.
        if (leaving != null
                || ended.leftDrained()
                || code.filter(ENDS_ITS_JOBS::contains).isPresent()) {
            bridge.abandonAll();
        } else {
            bridge.connectionLost();
        }
        if (leaving != null) {
            return;
        }
        if (registeredNanos != 0 && System.nanoTime() - registeredNanos >= STABLE_AFTER.toNanos()) {
            failures = 0;
        }
        registeredNanos = 0;
        // A gateway that is going away is left alone; but what was not told to it when the connection dropped, it may
        // have.
        if (ended.drainedUntilMillis().isPresent() && !bridge.holdsJobs()) {
            tryAgain(
                    "the gateway is going away",
                    Optional.of(Duration.ofMillis(ended.drainedUntilMillis().getAsLong())));
            return;
        }
        boolean longest = code.filter(CloseCode::wantsLongestBackoff).isPresent();
        String why = reason.getMessage() == null || reason.getMessage().isBlank()
                ? "the connection was closed (" + reason.getCode() + ")"
                : "the connection was closed (" + reason.getCode() + ": " + reason.getMessage() + ")";
        tryAgain(why, longest ? Optional.of(backoff.max()) : Optional.empty());
    }

    private void tryAgain(String why, Optional<Duration> wanted) {
        if (leaving != null) {
            return;
        }
        failures++;
        Duration delay = wanted.orElseGet(() -> backoff.delay(failures, random.nextDouble()));
        // Each trouble is told once until the agent is registered again, however often it is tried meanwhile.
        if (troublesTold.size() < TROUBLES_TOLD_MAX && troublesTold.add(why)) {
            LOG.warnf("no connection to the gateway %s: %s; trying again until there is one", dialer.gateway(), why);
        }
        state = new LinkState.Waiting(delay, why);
        timer = vertx.setTimer(Math.max(1, delay.toMillis()), due -> connect());
    }

    private static String why(Throwable cause) {
        return switch (cause) {
            case UpgradeRejectedException rejected
            when rejected.getStatus() == 401 || rejected.getStatus() == 403 ->
                "it refused the connection (HTTP " + rejected.getStatus() + ")";
            case UpgradeRejectedException rejected -> "it refused the WebSocket (HTTP " + rejected.getStatus() + ")";
            case ConnectException e -> "connection refused";
            case UnknownHostException e -> "unknown host";
            default -> {
                String message = cause.getMessage();
                yield message == null ? cause.getClass().getSimpleName() : message;
            }
        };
    }

    /** What the current session asks for. */
    private final class SessionOwner implements GatewaySession.Owner {

        @Override
        public void registered(int protocol) {
            registeredNanos = System.nanoTime();
            registrations.increment();
            troublesTold.clear();
            state = new LinkState.Open(protocol);
            LOG.infof("registered with the gateway %s, protocol %d", dialer.gateway(), protocol);
        }

        @Override
        public void ended(CloseReason reason) {
            GatewaySession over = session;
            if (over != null) {
                sessionEnded(over, reason);
            }
        }
    }

    /** Carries what the connection's context calls over to the agent's, in order. */
    private final class Callbacks implements GatewayDialer.Listener {

        private @Nullable GatewaySession mine;

        void attach(GatewaySession started) {
            mine = started;
        }

        @Override
        public void text(String frame) {
            onLoop(session -> session.textFrame(frame));
        }

        @Override
        public void binary() {
            onLoop(GatewaySession::binaryFrame);
        }

        @Override
        public void signOfLife() {
            onLoop(GatewaySession::signOfLife);
        }

        @Override
        public void closed(CloseReason reason) {
            onLoop(session -> session.closed(reason));
            loop.runOnContext(on -> {
                if (leaving != null) {
                    leaving.tryComplete();
                }
            });
        }

        @Override
        public void failed(Throwable cause) {
            LOG.debugf("the connection to the gateway failed: %s", cause.toString());
        }

        private void onLoop(Consumer<GatewaySession> what) {
            loop.runOnContext(on -> {
                // Connected was handed over before anything that the connection says.
                if (mine != null) {
                    what.accept(mine);
                }
            });
        }
    }
}
