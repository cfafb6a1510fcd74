package org.ollamaorchestrator.gateway.api;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentSocket;
import org.ollamaorchestrator.gateway.agents.AgentsPortRoutes;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.ClientAddresses;
import org.ollamaorchestrator.gateway.security.Credentials;
import org.ollamaorchestrator.gateway.security.Denials;

/**
 * Asks everybody who calls for an API key, if the owner has given out any: before the body is read, and answered in the
 * form of the API that was called. Health, what tells an Ollama's presence, and the web UI's files are open; agents have tokens of their own.
 */
@Singleton
public class Callers {

    /** After the request has its id, before anything looks at it. */
    private static final int PRIORITY = 800;

    private static final int UNAUTHORIZED = 401;

    private static final String KEY = Callers.class.getName();

    private static final String API_KEY = "x-api-key";

    /** Browsers and Ollama's own clients answer it; others ignore it. */
    private static final Map<String, String> CHALLENGE = Map.of("WWW-Authenticate", "Bearer");

    private final ApiKeys keys;
    private final Refusals refusals;
    private final Denials denials;
    private final ClientAddresses addresses;

    Callers(ApiKeys keys, Refusals refusals, Denials denials, ClientAddresses addresses) {
        this.keys = keys;
        this.refusals = refusals;
        this.denials = denials;
        this.addresses = addresses;
    }

    void register(@Observes Filters filters) {
        filters.register(this::check, PRIORITY);
    }

    /** The key that was presented; empty while nobody needs one. */
    public static Optional<ApiKey> of(RoutingContext context) {
        return Optional.ofNullable(context.get(KEY));
    }

    private void check(RoutingContext context) {
        if (!keys.areRequired() || isOpen(context.request(), context.normalizedPath())) {
            context.next();
            return;
        }
        Optional<String> presented = Credentials.of(
                context.request().getHeader("Authorization"), context.request().getHeader(API_KEY));
        if (presented.isEmpty()) {
            denials.deny(Denials.Reason.NO_KEY, address(context), "no key");
            refuse(context, "an API key is needed: send it as \"Authorization: Bearer\" or \"x-api-key\"");
            return;
        }
        switch (keys.check(presented.get())) {
            case ApiKeys.Accepted(ApiKey key) -> {
                context.put(KEY, key);
                context.next();
            }
            case ApiKeys.Unknown unknown -> {
                denials.deny(Denials.Reason.UNKNOWN_KEY, address(context), "unknown key");
                refuse(context, "the API key is not valid");
            }
            case ApiKeys.Revoked(ApiKey key) -> {
                denials.deny(Denials.Reason.REVOKED_KEY, key.name(), "revoked key, from " + address(context));
                refuse(context, "the API key is not valid");
            }
            case ApiKeys.Expired(ApiKey key) -> {
                denials.deny(Denials.Reason.EXPIRED_KEY, key.name(), "expired key, from " + address(context));
                refuse(context, "the API key has expired");
            }
        }
    }

    private static boolean isOpen(HttpServerRequest request, String path) {
        boolean asksForPresence =
                request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
        return path.equals("/q/health")
                || path.startsWith("/q/health/")
                || path.equals(AgentSocket.PATH)
                || path.equals(AgentsPortRoutes.ENROL_PATH)
                || (asksForPresence && (path.equals("/") || path.startsWith("/ui/")))
                || (request.method().equals(HttpMethod.OPTIONS) && request.getHeader("Origin") != null);
    }

    private String address(RoutingContext context) {
        return addresses.of(context.request()).getHostAddress();
    }

    private void refuse(RoutingContext context, String why) {
        refusals.refuse(context, ClientErrorException.of(UNAUTHORIZED, why), CHALLENGE);
    }
}
