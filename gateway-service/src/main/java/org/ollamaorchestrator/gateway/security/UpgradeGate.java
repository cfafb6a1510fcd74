package org.ollamaorchestrator.gateway.security;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;

/**
 * Decides, before the upgrade, who may open the agents' WebSocket: who has an agent's token, if the owner has given out
 * any; else whoever is on this machine, or everybody with {@code orchestrator.insecure}. Browsers send an {@code Origin}
 * and agents do not: no web page that somebody visits on the gateway's machine may pose as an agent.
 */
@Singleton
public class UpgradeGate implements HttpUpgradeCheck {

    private static final Logger LOG = Logger.getLogger(UpgradeGate.class);

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final AgentTokens tokens;
    private final boolean insecure;
    private final Audit audit;
    private final ClientAddresses addresses;

    UpgradeGate(AgentTokens tokens, GatewayConfig config, Audit audit, ClientAddresses addresses) {
        this.addresses = addresses;
        this.audit = audit;
        this.tokens = tokens;
        this.insecure = config.insecure();
    }

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        HttpServerRequest request = context.httpRequest();
        if (request.headers().contains(HttpHeaders.ORIGIN)) {
            return refused(request, FORBIDDEN);
        }
        if (tokens.areRequired()) {
            return hasToken(request) ? CheckResult.permitUpgrade() : refused(request, UNAUTHORIZED);
        }
        return insecure || addresses.isOfThisMachine(request)
                ? CheckResult.permitUpgrade()
                : refused(request, FORBIDDEN);
    }

    private boolean hasToken(HttpServerRequest request) {
        return tokens.nameOf(request.getHeader(HttpHeaders.AUTHORIZATION)).isPresent();
    }

    private Uni<CheckResult> refused(HttpServerRequest request, int status) {
        String address = addresses.of(request).getHostAddress();
        LOG.warnf("an agent from %s was refused with %d", address, status);
        audit.refused(Audit.Event.AGENT_REFUSED, address, String.valueOf(status));
        return CheckResult.rejectUpgrade(status);
    }
}
