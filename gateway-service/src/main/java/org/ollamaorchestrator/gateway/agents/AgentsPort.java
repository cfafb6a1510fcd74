package org.ollamaorchestrator.gateway.agents;

import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.VertxHttpRecorder;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.tracing.TracingPolicy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
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

    private final Vertx vertx;
    private final HttpServerOptions options;
    private final int eventLoops;
    private final AtomicInteger port = new AtomicInteger();

    AgentsPort(
            Vertx vertx,
            GatewayConfig config,
            @All List<HttpServerOptionsCustomizer> customizers,
            @ConfigProperty(name = "quarkus.http.host") String host,
            @ConfigProperty(name = "quarkus.vertx.event-loops-pool-size", defaultValue = "0") int eventLoops) {
        this.vertx = vertx;
        this.eventLoops = eventLoops > 0 ? eventLoops : 2 * Runtime.getRuntime().availableProcessors();
        this.options = new HttpServerOptions()
                .setHost(host)
                .setPort(config.agents().port())
                // A connection for days is no trace.
                .setTracingPolicy(TracingPolicy.IGNORE);
        customizers.forEach(customizer -> customizer.customizeHttpServer(options));
        port.set(options.getPort());
    }

    /** Blocks the start until the port is open: a gateway without it must not come up. */
    void start(@Observes StartupEvent event) {
        if (options.getPort() == 0) {
            // With more than one instance, each would get a free port of its own.
            deploy(1);
        } else {
            deploy(eventLoops);
        }
        LOG.infof("agents connect to ws://%s:%d", options.getHost(), port.get());
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

    /** Where agents connect now; with 0 in the configuration the system chose it. */
    public int port() {
        return port.get();
    }

    private final class Listener extends AbstractVerticle {

        @Override
        public void start(Promise<Void> started) {
            HttpServer server = vertx.createHttpServer(options).requestHandler(VertxHttpRecorder.getRootHandler());
            server.listen()
                    .<Void>map(listening -> {
                        port.set(listening.actualPort());
                        return null;
                    })
                    .onComplete(started);
        }
    }
}
