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
    private final ApiKeys keys;
    private final AgentTokens tokens;
    private final String host;

    Exposure(
            GatewayConfig config,
            ApiKeys keys,
            AgentTokens tokens,
            @ConfigProperty(name = "quarkus.http.host") String host) {
        this.insecure = config.insecure();
        this.keys = keys;
        this.tokens = tokens;
        this.host = host;
    }

    /** Before any port of ours is opened. */
    void check(@Observes @Priority(2) StartupEvent event) {
        if (!isLoopback() && !keys.areRequired() && !insecure) {
            throw new IllegalStateException("quarkus.http.host is " + host
                    + ", which is not loopback, and nobody would have to prove who they are:"
                    + " remove it, give out API keys, or set orchestrator.insecure=true to accept that");
        }
        if (isLoopback() || (keys.areRequired() && tokens.areRequired())) {
            LOG.infof("listening on %s: %s", host, describe());
        } else {
            LOG.warnf("listening on %s: %s", host, describe());
        }
    }

    /** One sentence for health and for the log. */
    public String describe() {
        String clients = keys.areRequired() ? "clients need an API key" : "any client that reaches it may use it";
        String agents;
        if (tokens.areRequired()) {
            agents = tokens.takeCertificates() ? "agents need a token or a certificate" : "agents need a token";
        } else if (isLoopback() || insecure) {
            agents = "any agent that reaches it may join";
        } else {
            agents = "agents may join from this machine only, since no tokens were given out";
        }
        return (isLoopback() ? "loopback only; " : "open to the network; ") + clients + "; " + agents;
    }

    /** Whether it can be reached from its own machine only. */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("quarkus.http.host is not an address of this machine: " + host, e);
        }
    }
}
