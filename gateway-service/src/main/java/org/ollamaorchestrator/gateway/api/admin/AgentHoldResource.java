package org.ollamaorchestrator.gateway.api.admin;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.protocol.AgentId;

/** Has one agent finish what it runs and take no more, until an administrator says otherwise or the gateway is started again. */
@Path("/api/admin/agents")
@Produces(MediaType.APPLICATION_JSON)
public class AgentHoldResource {

    private static final Logger LOG = Logger.getLogger(AgentHoldResource.class);

    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;

    private final CoreLoop core;
    private final Administrators administrators;
    private final Audit audit;

    AgentHoldResource(CoreLoop core, Administrators administrators, Audit audit) {
        this.audit = audit;
        this.core = core;
        this.administrators = administrators;
    }

    @POST
    @Path("/{id}/drain")
    @ResponseStatus(NO_CONTENT)
    public Uni<Void> drain(RoutingContext context, @PathParam("id") String id) {
        return hold(context, id, true);
    }

    @POST
    @Path("/{id}/resume")
    @ResponseStatus(NO_CONTENT)
    public Uni<Void> resume(RoutingContext context, @PathParam("id") String id) {
        return hold(context, id, false);
    }

    private Uni<Void> hold(RoutingContext context, String id, boolean on) {
        String actor = administrators.require(context);
        return core.view().map(fleet -> {
            AgentId agent = fleet.agents().stream()
                    .map(each -> each.profile().id())
                    .filter(each -> each.value().equals(id))
                    .findFirst()
                    .orElseThrow(() -> ClientErrorException.of(NOT_FOUND, "no such agent is connected"));
            core.tell(new CoreEvent.AgentHeld(agent, on));
            audit.done(on ? Audit.Event.AGENT_DRAINED : Audit.Event.AGENT_RESUMED, actor, agent.value());
            LOG.infof("agent %s %s, by %s", agent, on ? "takes no new jobs" : "takes jobs again", actor);
            return null;
        });
    }
}
