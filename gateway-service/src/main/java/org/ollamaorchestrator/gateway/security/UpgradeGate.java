package org.ollamaorchestrator.gateway.security;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import jakarta.inject.Singleton;

/**
 * Decides, before the upgrade, who may open the agents' WebSocket. Browsers send an {@code Origin} and agents do not: no
 * web page that somebody visits on the gateway's machine may pose as an agent.
 */
@Singleton
public class UpgradeGate implements HttpUpgradeCheck {

    private static final int FORBIDDEN = 403;

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        return context.httpRequest().headers().contains(HttpHeaders.ORIGIN)
                ? CheckResult.rejectUpgrade(FORBIDDEN)
                : CheckResult.permitUpgrade();
    }
}
