package org.ollamaorchestrator.gateway.agents;

import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.tracing.TracingPolicy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;

/**
 * The agents' own port, as the seed has it. Quarkus serves one plain HTTP port only, so this is a server of our own in
 * front of Quarkus' handlers, with Quarkus' options; {@link AgentsPortRoutes} keeps everything but agents off it. It
 * listens on as many event loops as there are, since a single one would carry all agents.
 */
@Singleton
public class AgentsPort {

    private static final Logger LOG = Logger.getLogger(AgentsPort.class);

    private static final String TLS_KEY = "orchestrator.agents.tls-configuration-name";

    private final Vertx vertx;
    private final HttpServerOptions options;
    private final Optional<String> tlsName;
    private final int eventLoops;
    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private final AtomicInteger port = new AtomicInteger();

    AgentsPort(
            Vertx vertx,
            GatewayConfig config,
            TlsConfigurationRegistry tls,
            @All List<HttpServerOptionsCustomizer> customizers,
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "quarkus.vertx.event-loops-pool-size", defaultValue = "0") int eventLoops) {
        this.vertx = vertx;
        this.tlsName = config.agents().tlsConfigurationName();
        this.eventLoops = eventLoops > 0 ? eventLoops : 2 * Runtime.getRuntime().availableProcessors();
        this.options = new HttpServerOptions()
                .setHost(host)
                .setPort(config.agents().port())
                // A connection for days is no trace.
                .setTracingPolicy(TracingPolicy.IGNORE);
        if (tlsName.isPresent()) {
            secure(configuration(tls, tlsName.get()), config.agents().clientCertificates());
            customizers.forEach(customizer -> customizer.customizeHttpsServer(options));
        } else if (config.agents().clientCertificates() != ClientAuth.NONE) {
            throw new IllegalStateException(
                    "orchestrator.agents.client-certificates needs TLS on the agents' port: set " + TLS_KEY);
        } else {
            customizers.forEach(customizer -> customizer.customizeHttpServer(options));
        }
        port.set(options.getPort());
    }

    private static TlsConfiguration configuration(TlsConfigurationRegistry tls, String name) {
        return tls.get(name)
                .orElseThrow(() ->
                        new IllegalStateException(TLS_KEY + " is " + name + ", but there is no quarkus.tls." + name));
    }

    private void secure(TlsConfiguration tls, ClientAuth clientCertificates) {
        String prefix = "quarkus.tls." + tlsName.orElseThrow();
        if (tls.getKeyStoreOptions() == null) {
            throw new IllegalStateException(prefix + ".key-store is needed for TLS on the agents' port");
        }
        if (clientCertificates != ClientAuth.NONE && tls.getTrustStoreOptions() == null) {
            throw new IllegalStateException(
                    prefix + ".trust-store is needed for orchestrator.agents.client-certificates:"
                            + " it says whose certificates are trusted");
        }
        SSLOptions ssl = tls.getSSLOptions();
        options.setSsl(true)
                // A WebSocket of ours is an upgrade of HTTP/1.1.
                .setUseAlpn(false)
                .setSni(tls.usesSni())
                .setClientAuth(clientCertificates)
                .setKeyCertOptions(ssl.getKeyCertOptions())
                .setTrustOptions(ssl.getTrustOptions())
                .setEnabledSecureTransportProtocols(ssl.getEnabledSecureTransportProtocols())
                .setSslHandshakeTimeout(ssl.getSslHandshakeTimeout())
                .setSslHandshakeTimeoutUnit(ssl.getSslHandshakeTimeoutUnit());
        ssl.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
        ssl.getCrlPaths().forEach(options::addCrlPath);
        ssl.getCrlValues().forEach(options::addCrlValue);
    }

    /** Blocks the start until the port is open: a gateway without it must not come up. */
    void start(@Observes StartupEvent event) {
        if (options.getPort() == 0) {
            // With more than one instance, each would get a free port of its own.
            deploy(1);
        } else {
            deploy(eventLoops);
        }
        LOG.infof("agents connect to %s://%s:%d", options.isSsl() ? "wss" : "ws", options.getHost(), port.get());
    }

    private void deploy(int instances) {
        vertx.deployVerticle(Listener::new, new DeploymentOptions().setInstances(instances))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    void stop(@Observes ShutdownEvent event) {
        port.set(0);
    }

    /** New certificates are on the disk: who connects from now on sees those, and who is connected stays so. */
    void reloaded(@Observes CertificateUpdatedEvent event) {
        if (tlsName.filter(event.name()::equals).isEmpty()) {
            return;
        }
        SSLOptions ssl = event.tlsConfiguration().getSSLOptions().setUseAlpn(false);
        for (HttpServer server : servers) {
            server.updateSSLOptions(ssl)
                    .onFailure(failure -> LOG.errorf(failure, "the agents' port keeps its old certificate"));
        }
        LOG.infof("the agents' port has the new certificate of quarkus.tls.%s", event.name());
    }

    /** Where agents connect now; with 0 in the configuration the system chose it. */
    public int port() {
        return port.get();
    }

    private final class Listener extends AbstractVerticle {

        @Override
        public void start(Promise<Void> started) {
            HttpServer server = vertx.createHttpServer(options).requestHandler(VertxHttpRecorder.getRootHandler());
            servers.add(server);
            server.listen()
                    .<Void>map(listening -> {
                        port.set(listening.actualPort());
                        return null;
                    })
                    .onComplete(started);
        }
    }
}
