package org.ollamaorchestrator.gateway.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentSocket;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.ClientAddresses;
import org.ollamaorchestrator.gateway.security.Denials;
import org.ollamaorchestrator.gateway.security.Exposure;

/**
 * Refuses who asks for another host, where whoever is on this machine needs no key: a web page can have its own name resolved
 * to 127.0.0.1 and would then be of the same origin as the gateway. Ollama on loopback refuses the same hosts.
 */
@Singleton
public class ForeignHosts {

    /** After the request has its id, before a key is asked for. */
    private static final int PRIORITY = 850;

    private static final List<String> LOCAL_SUFFIXES = List.of(".localhost", ".local", ".internal");

    private final boolean loopback;
    private final ApiKeys keys;
    private final Refusals refusals;
    private final Denials denials;
    private final ClientAddresses addresses;
    private final String ownName;

    ForeignHosts(Exposure exposure, ApiKeys keys, Refusals refusals, Denials denials, ClientAddresses addresses) {
        this.loopback = exposure.isLoopback();
        this.keys = keys;
        this.refusals = refusals;
        this.denials = denials;
        this.addresses = addresses;
        this.ownName = loopback ? ownName() : "";
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    /** Agents are no web pages: {@code UpgradeGate} sees to that, and to who they are. */
    private void check(RoutingContext context) {
        if (!loopback
                || keys.areRequired()
                || AgentSocket.PATH.equals(context.normalizedPath())
                || isLocal(host(context.request()))) {
            context.next();
            return;
        }
        denials.deny(
                Denials.Reason.FOREIGN_HOST, addresses.of(context.request()).getHostAddress(), "foreign host");
        refusals.refuse(
                context,
                ClientErrorException.forbidden(
                        "this gateway is for its own machine, and takes no other host in \"Host\":"
                                + " ask for localhost, or give out API keys"),
                Map.of());
    }

    /** As it was sent if it is none: then it is a foreign one, too. */
    private static String host(HttpServerRequest request) {
        HostAndPort asked = request.authority();
        return asked == null ? Objects.requireNonNullElse(request.getHeader("Host"), "") : asked.host();
    }

    private boolean isLocal(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return literal(name)
                .map(address -> address.isLoopbackAddress()
                        || address.isSiteLocalAddress()
                        || address.isLinkLocalAddress()
                        || address.isAnyLocalAddress())
                .orElseGet(() -> name.isEmpty()
                        || name.equals("localhost")
                        || name.equals(ownName)
                        || LOCAL_SUFFIXES.stream().anyMatch(name::endsWith));
    }

    private static Optional<InetAddress> literal(String host) {
        try {
            return Optional.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String ownName() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
