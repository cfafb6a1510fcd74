package org.ollamaorchestrator.agent;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.websockets.next.BasicWebSocketConnector;
import io.vertx.core.Vertx;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.bridge.Tracing;
import org.ollamaorchestrator.agent.connection.GatewayTls;

/** Starts the process's agent with the application, and lets it end in order before anything of Quarkus is taken down. */
@Singleton
public final class AgentLifecycle {

    private static final Logger LOG = Logger.getLogger(AgentLifecycle.class);

    /** Beyond the drain: for closing the connection, which a dead peer may not answer. */
    private static final Duration CLOSING_TIME_MAX = Duration.ofSeconds(5);

    private final AgentConfig config;
    private final Vertx vertx;
    private final Instance<BasicWebSocketConnector> connectors;
    private final TlsConfigurationRegistry registry;
    private final Tracing tracing;
    private volatile @Nullable Agent agent;

    AgentLifecycle(
            AgentConfig config,
            Vertx vertx,
            Instance<BasicWebSocketConnector> connectors,
            TlsConfigurationRegistry registry,
            Tracing tracing) {
        this.registry = registry;
        this.tracing = tracing;
        this.config = config;
        this.vertx = vertx;
        this.connectors = connectors;
    }

    Optional<Agent> agent() {
        return Optional.ofNullable(agent);
    }

    void start(@Observes StartupEvent event) {
        AgentSettings settings;
        try {
            settings = AgentSettings.of(config, System.getenv());
        } catch (ConfigurationMistake e) {
            // Quarkus prints the message of this one, and only that, and exits with 1.
            throw new ConfigurationException(e.getMessage());
        }
        LOG.infof(
                "agent %s, version %s",
                settings.profile().name(), settings.profile().version());
        LOG.infof("gateway %s", settings.gateway());
        LOG.infof("Ollama %s", settings.ollamaUrl());
        LOG.infof(
                "slots %d (for all models together; Ollama's OLLAMA_NUM_PARALLEL is per model, set the two together)",
                settings.profile().slots());
        Agent started = new Agent(vertx, connectors::get, tls(), tracing, settings);
        agent = started;
        started.start();
    }

    /** Quarkus' own sentence names a configuration that is not there. */
    private GatewayTls tls() {
        return TlsConfiguration.from(registry, config.tlsConfigurationName())
                .or(registry::getDefault)
                .map(GatewayTls::of)
                .orElseGet(GatewayTls::standard);
    }

    /**
     * Observers of this event run before the HTTP server and Vert.x itself are closed. The WebSocket clients are closed by an
     * observer of the same event, so this one comes first.
     */
    void stop(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent event)
            throws InterruptedException {
        Agent running = agent;
        if (running == null) {
            return;
        }
        Duration patience = running.settings().drainTimeout().plus(CLOSING_TIME_MAX);
        try {
            running.stop().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warnf("the agent did not end in order within %s", patience);
        }
    }
}
