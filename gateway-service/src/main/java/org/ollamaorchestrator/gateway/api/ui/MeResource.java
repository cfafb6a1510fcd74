package org.ollamaorchestrator.gateway.api.ui;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.Callers;

/** Whose key it is that somebody calls with. */
@Path("/api/me")
@Produces(MediaType.APPLICATION_JSON)
public class MeResource {

    /**
     * @param name of the key; absent if nobody needs one
     * @param admin whether it may make administrators' calls
     * @param keyless whether this gateway asks nobody for a key
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Me(@Nullable String name, boolean admin, boolean keyless) {}

    @GET
    public Me me(RoutingContext context) {
        return Callers.of(context)
                .map(key -> new Me(key.name(), key.admin(), false))
                .orElseGet(() -> new Me(null, false, true));
    }
}
