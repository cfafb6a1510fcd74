package org.ollamaorchestrator.gateway.api.admin;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.ollamaorchestrator.gateway.api.Callers;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ClientAddresses;
import org.ollamaorchestrator.gateway.security.Denials;

/** Lets administrators' calls through for whoever has an administrator's key; anybody else hears 403, and it is audited. */
@Singleton
public class Administrators {

    /** The parts of {@code /api/admin/keys}: what comes after them is the caller's own text, which no audit needs. */
    private static final int PARTS_AUDITED = 4;

    private final Denials denials;
    private final ClientAddresses addresses;

    Administrators(Denials denials, ClientAddresses addresses) {
        this.denials = denials;
        this.addresses = addresses;
    }

    /**
     * To be asked before anything else of a call is looked at.
     *
     * @return the name of the administrator's key
     * @throws ClientErrorException if the caller has none
     */
    public String require(RoutingContext context) {
        Optional<ApiKey> key = Callers.of(context);
        if (key.filter(ApiKey::admin).isEmpty()) {
            denials.deny(
                    Denials.Reason.NOT_ADMINISTRATOR,
                    key.map(ApiKey::name)
                            .orElseGet(() -> addresses.of(context.request()).getHostAddress()),
                    context.request().method() + " " + resource(context.normalizedPath()));
            throw ClientErrorException.forbidden("this needs an API key of an administrator");
        }
        return key.get().name();
    }

    private static String resource(String path) {
        return Arrays.stream(path.split("/", -1)).limit(PARTS_AUDITED).collect(Collectors.joining("/"));
    }
}
