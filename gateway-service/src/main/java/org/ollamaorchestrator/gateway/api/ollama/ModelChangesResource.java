package org.ollamaorchestrator.gateway.api.ollama;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.admin.Administrators;
import org.ollamaorchestrator.gateway.models.AgentChoice;
import org.ollamaorchestrator.gateway.models.ModelAction;
import org.ollamaorchestrator.gateway.security.ApiKeys;

/**
 * What of Ollama's own API changes models, done on as many agents as the request says. For administrators; and, as at an
 * Ollama, for everybody on the gateway's own machine as long as no keys were given out.
 */
@Path("/")
public class ModelChangesResource {

    /** Names and ids with commas between, {@code label:key=value}, or {@code all}. */
    static final String AGENTS_HEADER = "x-orchestrator-agents";

    /** The same, for clients that can set no header. */
    static final String AGENTS_PARAMETER = "agents";

    /** Whoever changes models where nobody needs a key. */
    private static final String OWNER = "owner";

    private final JsonBody body;
    private final ModelChanges changes;
    private final Administrators administrators;
    private final ApiKeys keys;
    private final GatewayConfig config;

    ModelChangesResource(
            JsonBody body, ModelChanges changes, Administrators administrators, ApiKeys keys, GatewayConfig config) {
        this.body = body;
        this.changes = changes;
        this.administrators = administrators;
        this.keys = keys;
        this.config = config;
    }

    @POST
    @Path("api/pull")
    public RestMulti<byte[]> pull(@Context RoutingContext context) {
        return changed(ModelAction.PULL, context);
    }

    @POST
    @Path("api/push")
    public RestMulti<byte[]> push(@Context RoutingContext context) {
        return changed(ModelAction.PUSH, context);
    }

    @POST
    @Path("api/create")
    public RestMulti<byte[]> create(@Context RoutingContext context) {
        return changed(ModelAction.CREATE, context);
    }

    @POST
    @Path("api/copy")
    public RestMulti<byte[]> copy(@Context RoutingContext context) {
        return changed(ModelAction.COPY, context);
    }

    @DELETE
    @Path("api/delete")
    public RestMulti<byte[]> delete(@Context RoutingContext context) {
        return changed(ModelAction.DELETE, context);
    }

    /** Files are gigabytes, and would go to every agent one by one. */
    @POST
    @Path("api/blobs/{digest}")
    public Response blob(@PathParam("digest") String digest) {
        throw ClientErrorException.forbidden(
                "this gateway takes no files: create the model with ollama on one machine, or from a model that is there");
    }

    private RestMulti<byte[]> changed(ModelAction action, RoutingContext context) {
        String by = whoMayChange(context);
        AgentChoice choice = choiceOf(context);
        return changes.run(body.of(context, request -> ModelChange.of(action, request, choice)), by, context);
    }

    private String whoMayChange(RoutingContext context) {
        if (keys.areRequired()) {
            return administrators.require(context);
        }
        if (config.insecure()) {
            throw ClientErrorException.forbidden(
                    "this gateway asks nobody who they are, so nobody may change models: give out an administrator's key");
        }
        if (context.request().getHeader("Origin") != null) {
            throw ClientErrorException.forbidden("a web page may change models only with an administrator's key");
        }
        return OWNER;
    }

    private static AgentChoice choiceOf(RoutingContext context) {
        String header = context.request().getHeader(AGENTS_HEADER);
        String parameter = context.request().getParam(AGENTS_PARAMETER);
        String name = header == null ? AGENTS_PARAMETER : AGENTS_HEADER;
        String text = header == null ? parameter : header;
        try {
            return AgentChoice.parse(text == null ? "" : text);
        } catch (IllegalArgumentException e) {
            throw ClientErrorException.badField(name, String.valueOf(e.getMessage()));
        }
    }
}
