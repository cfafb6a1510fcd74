package org.ollamaorchestrator.agent;

import io.quarkus.websockets.next.BasicWebSocketConnector;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.agent.box.RoomProbe;
import org.ollamaorchestrator.agent.bridge.JobBridge;
import org.ollamaorchestrator.agent.bridge.Tracing;
import org.ollamaorchestrator.agent.connection.Backoff;
import org.ollamaorchestrator.agent.connection.GatewayDialer;
import org.ollamaorchestrator.agent.connection.GatewayLink;
import org.ollamaorchestrator.agent.connection.GatewayTls;
import org.ollamaorchestrator.agent.connection.LinkState;
import org.ollamaorchestrator.agent.ollama.OllamaClient;
import org.ollamaorchestrator.agent.ollama.OllamaProbe;
import org.ollamaorchestrator.agent.ollama.OllamaSnapshot;

/**
 * One agent, put together: a link to the gateway, a bridge for its jobs, probes of its Ollama and its machine, all on one event-loop
 * context that lives as long as the agent. The public methods may be called from any thread.
 */
public final class Agent {

    private static final Logger LOG = Logger.getLogger(Agent.class);

    private final Vertx vertx;
    private final Context loop;
    private final AgentSettings settings;
    private final OllamaProbe probe;
    private final RoomProbe room;
    private final JobBridge bridge;
    private final GatewayLink link;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private boolean stopping;
    private boolean leaving;

    /**
     * @param connectors makes a new WebSocket connector for each attempt
     * @param tls for a gateway at {@code wss://}
     */
    public Agent(
            Vertx vertx,
            Supplier<BasicWebSocketConnector> connectors,
            GatewayTls tls,
            Tracing tracing,
            AgentSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
        loop = ((VertxInternal) vertx).createEventLoopContext();
        int slots = settings.profile().slots();
        OllamaClient ollama = new OllamaClient(vertx, settings.ollamaUrl(), slots);
        probe = new OllamaProbe(
                vertx, ollama, Set.copyOf(settings.models()), settings.ollamaPoll(), this::ollamaChanged);
        bridge = new JobBridge(vertx, ollama, slots, settings.profile().operations(), tracing, new JobsObserver());
        link = new GatewayLink(
                vertx,
                loop,
                new GatewayDialer(vertx, connectors, settings.gateway(), settings.proxies(), tls, settings.enrolment()),
                new Backoff(settings.reconnectMax()),
                RandomGenerator.getDefault(),
                settings.profile(),
                settings.models(),
                bridge,
                probe.snapshot());
        room = new RoomProbe(vertx, settings.box()::look, link::roomChanged);
    }

    /** Looks at Ollama and dials the gateway, at once and for ever; returns before either answered. */
    public void start() {
        loop.runOnContext(on -> {
            probe.soon();
            link.open();
        });
    }

    /**
     * Takes no more jobs, lets those that run come to their end and be told for as long as the settings allow, and closes the
     * connection. One that drops meanwhile is opened again.
     *
     * @return completes when all that has happened
     */
    public CompletableFuture<Void> stop() {
        loop.runOnContext(on -> {
            if (stopping) {
                return;
            }
            stopping = true;
            bridge.stopTaking();
            link.activityChanged();
            if (!bridge.quiet()) {
                LOG.infof("stopping; %d jobs may still end within %s", bridge.active(), settings.drainTimeout());
                vertx.setTimer(Math.max(1, settings.drainTimeout().toMillis()), over -> bridge.stopAll());
            }
            leaveWhenIdle();
        });
        return stopped.copy();
    }

    /**
     * Takes no more jobs, or takes them again, and stays connected. An agent that is stopped takes none again.
     *
     * @return completes when that is so
     */
    public CompletableFuture<Void> drain(boolean drain) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.runOnContext(on -> {
            bridge.pauseTaking(drain);
            link.activityChanged();
            done.complete(null);
        });
        return done;
    }

    /** Whether the agent takes no more jobs. */
    public boolean draining() {
        return bridge.takesNoMore();
    }

    public AgentSettings settings() {
        return settings;
    }

    public LinkState linkState() {
        return link.state();
    }

    public OllamaSnapshot ollama() {
        return probe.snapshot();
    }

    public int activeJobs() {
        return bridge.active();
    }

    /** How often it has registered with its gateway. */
    public long registrations() {
        return link.registrations();
    }

    public JobBridge.Over jobsOver() {
        return bridge.over();
    }

    /** How often a job had to wait until the gateway acknowledged what it had been sent. */
    public long fullWindows() {
        return bridge.fullWindows();
    }

    private void ollamaChanged(OllamaSnapshot now) {
        link.ollamaChanged(now);
        // The first time as well, so that nothing is looked at before Ollama was.
        room.soon();
    }

    private void leaveWhenIdle() {
        if (stopping && !leaving && bridge.quiet()) {
            leaving = true;
            probe.stop();
            room.stop();
            link.leave().onComplete(left -> stopped.complete(null));
        }
    }

    private final class JobsObserver implements JobBridge.Observer {

        @Override
        public void activityChanged() {
            probe.watch(bridge.awaitsFirstLine());
            link.activityChanged();
            leaveWhenIdle();
        }

        @Override
        public void jobEnded() {
            probe.soon();
        }
    }
}
