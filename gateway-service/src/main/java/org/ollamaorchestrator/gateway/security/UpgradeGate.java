package org.ollamaorchestrator.gateway.security;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentCredential;
import org.ollamaorchestrator.gateway.agents.AgentRecords;
import org.ollamaorchestrator.gateway.agents.AgentSocket;
import org.ollamaorchestrator.gateway.agents.AgentsPort;

/**
 * Decides, before the upgrade, who may open the agents' WebSocket: who has an agent's token or certificate, if the owner has
 * given out any; else whoever is on this machine, or everybody with {@code orchestrator.insecure}. Browsers send an {@code
 * Origin} and agents do not: no web page that somebody visits on the gateway's machine may pose as an agent.
 */
@Singleton
public class UpgradeGate implements HttpUpgradeCheck {

    private static final Logger LOG = Logger.getLogger(UpgradeGate.class);

    /** Before the filter for other origins. */
    private static final int PRIORITY = 400;

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Vertx vertx;
    private final AgentTokens tokens;
    private final AgentRecords records;
    private final AgentsPort agentsPort;
    private final boolean insecure;
    private final Denials denials;
    private final ClientAddresses addresses;

    UpgradeGate(
            Vertx vertx,
            AgentTokens tokens,
            AgentRecords records,
            AgentsPort agentsPort,
            GatewayConfig config,
            Denials denials,
            ClientAddresses addresses) {
        this.vertx = vertx;
        this.addresses = addresses;
        this.tokens = tokens;
        this.records = records;
        this.agentsPort = agentsPort;
        this.insecure = config.insecure();
        this.denials = denials;
    }

    void register(@Observes Filters filters) {
        filters.register(this::refusePages, PRIORITY);
    }

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        HttpServerRequest request = context.httpRequest();
        if (request.headers().contains(HttpHeaders.ORIGIN)) {
            return refused(request, FORBIDDEN, Denials.Reason.AGENT_WEB_PAGE);
        }
        if (tokens.areRequired()) {
            Optional<AgentCredential> credential =
                    tokens.of(request.getHeader(HttpHeaders.AUTHORIZATION), certificate(request));
            return credential.isPresent()
                    ? known(credential.get(), context)
                    : refused(request, UNAUTHORIZED, Denials.Reason.AGENT_UNKNOWN);
        }
        return insecure || addresses.isOfThisMachine(request)
                ? CheckResult.permitUpgrade()
                : refused(request, FORBIDDEN, Denials.Reason.AGENT_NOT_LOCAL);
    }

    private Uni<CheckResult> known(AgentCredential credential, HttpUpgradeContext upgrade) {
        HttpServerRequest request = upgrade.httpRequest();
        // The connection's own event loop, on which the upgrade has to go on.
        Context loop = vertx.getOrCreateContext();
        return records.connecting(credential)
                .emitOn(task -> loop.runOnContext(ignored -> task.run()))
                .flatMap(holds -> {
                    if (!holds) {
                        return refused(request, UNAUTHORIZED, Denials.Reason.AGENT_UNKNOWN);
                    }
                    upgrade.userData().put(AgentSocket.CREDENTIAL, credential);
                    return CheckResult.permitUpgrade();
                });
    }

    /** Certificates on the main port are of whatever authority its owner trusts for his clients: they prove no agent. */
    private Optional<X509Certificate> certificate(HttpServerRequest request) {
        if (request.sslSession() == null || request.localAddress().port() != agentsPort.port()) {
            return Optional.empty();
        }
        try {
            return request.sslSession().getPeerCertificates()[0] instanceof X509Certificate own
                    ? Optional.of(own)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException none) {
            return Optional.empty();
        }
    }

    /** Filters for other origins know of pages and not of agents: they would refuse one without a word of it to anybody. */
    private void refusePages(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (AgentSocket.PATH.equals(context.normalizedPath())
                && request.headers().contains(HttpHeaders.ORIGIN)) {
            tellRefused(request, FORBIDDEN, Denials.Reason.AGENT_WEB_PAGE);
            context.response().setStatusCode(FORBIDDEN).end().onFailure(context::fail);
        } else {
            context.next();
        }
    }

    private Uni<CheckResult> refused(HttpServerRequest request, int status, Denials.Reason why) {
        tellRefused(request, status, why);
        return CheckResult.rejectUpgrade(status);
    }

    private void tellRefused(HttpServerRequest request, int status, Denials.Reason why) {
        String address = addresses.of(request).getHostAddress();
        LOG.warnf("an agent from %s was refused with %d", address, status);
        denials.deny(why, address, String.valueOf(status));
    }
}
