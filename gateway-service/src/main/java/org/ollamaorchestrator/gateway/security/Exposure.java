package org.ollamaorchestrator.gateway.security;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;

/** Sees to it that a gateway that asks nobody who they are is reached from its own machine only, or says so loudly. */
@Singleton
public class Exposure {

    private static final Logger LOG = Logger.getLogger(Exposure.class);

    private final boolean insecure;
    private final String host;

    Exposure(GatewayConfig config, @ConfigProperty(name = "quarkus.http.host") String host) {
        this.insecure = config.insecure();
        this.host = host;
    }

    /** Before any port of ours is opened. */
    void check(@Observes @Priority(1) StartupEvent event) {
        if (isLoopback()) {
            LOG.infof("listening on %s only: nobody has to prove who they are", host);
        } else if (insecure) {
            LOG.warnf(
                    "orchestrator.insecure is on: anybody who reaches %s can use this gateway and pose as an agent",
                    host);
        } else {
            throw new IllegalStateException("quarkus.http.host is " + host
                    + ", which is not loopback, and nobody would have to prove who they are:"
                    + " remove it, or set orchestrator.insecure=true to accept that");
        }
    }

    /** One sentence for health. */
    public String describe() {
        return isLoopback() ? "loopback only" : "open to everybody who reaches " + host + " (orchestrator.insecure)";
    }

    private boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("quarkus.http.host is not an address of this machine: " + host, e);
        }
    }
}
