package org.ollamaorchestrator.gateway.api.admin;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.models.ModelAction;
import org.ollamaorchestrator.gateway.models.ModelOperations;
import org.ollamaorchestrator.gateway.models.OperationId;
import org.ollamaorchestrator.gateway.models.OperationView;
import org.ollamaorchestrator.gateway.models.WantedModels;
import org.ollamaorchestrator.gateway.models.WantedView;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;

/** The models of all agents, and their changes, which go on without whoever asked for them. For administrators. */
@Path("/api/admin/models")
@Produces(MediaType.APPLICATION_JSON)
public class FleetModelsResource {

    private static final int ACCEPTED = 202;
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;

    private final CoreLoop core;
    private final ModelOperations operations;
    private final WantedModels wanted;
    private final JsonBody bodies;
    private final Administrators administrators;

    FleetModelsResource(
            CoreLoop core,
            ModelOperations operations,
            WantedModels wanted,
            JsonBody bodies,
            Administrators administrators) {
        this.core = core;
        this.operations = operations;
        this.wanted = wanted;
        this.bodies = bodies;
        this.administrators = administrators;
    }

    /**
     * @param agents what room each has: all that are connected, whether they have models or not
     * @param operations those that run and the last ones, the newest first
     */
    public record Models(
            List<FleetModel> models, List<AgentRoom> agents, List<OperationView> operations, List<WantedView> wanted) {}

    public record Operations(List<OperationView> operations) {}

    public record Begun(String id) {}

    @GET
    public Uni<Models> models(RoutingContext context) {
        var _ = administrators.require(context);
        return Uni.combine()
                .all()
                .unis(core.view(), wanted.views())
                .asTuple()
                .map(both -> new Models(
                        FleetModel.of(both.getItem1()),
                        AgentRoom.of(both.getItem1()),
                        operations.views(),
                        both.getItem2()));
    }

    @POST
    @Path("/{action}")
    @ResponseStatus(ACCEPTED)
    public Uni<Begun> begin(RoutingContext context, @PathParam("action") String name) {
        String actor = administrators.require(context);
        ModelAction action = ModelAction.ofWireName(name)
                .orElseThrow(() -> ClientErrorException.of(
                        NOT_FOUND, "there is no such action; see docs/models.md for those that there are"));
        return bodies.of(context, body -> ModelRequest.of(action, body))
                .flatMap(request -> operations.start(request.order(), request.choice(), actor))
                .map(operation -> new Begun(operation.id().value()));
    }

    @GET
    @Path("/operations")
    public Operations operations(RoutingContext context) {
        var _ = administrators.require(context);
        return new Operations(operations.views());
    }

    @GET
    @Path("/operations/{id}")
    public OperationView operation(RoutingContext context, @PathParam("id") String id) {
        var _ = administrators.require(context);
        return operations.view(new OperationId(id)).orElseThrow(FleetModelsResource::unknown);
    }

    /** One that is over stays as it is. */
    @DELETE
    @Path("/operations/{id}")
    @ResponseStatus(NO_CONTENT)
    public void cancel(RoutingContext context, @PathParam("id") String id) {
        String actor = administrators.require(context);
        if (!operations.cancel(new OperationId(id), actor)) {
            throw unknown();
        }
    }

    private static ClientErrorException unknown() {
        return ClientErrorException.of(NOT_FOUND, "there is no such operation, or it is forgotten");
    }
}
