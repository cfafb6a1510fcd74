package org.ollamaorchestrator.gateway.api.enrolment;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.ollamaorchestrator.gateway.agents.AgentsPortRoutes;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.security.ClientAddresses;
import org.ollamaorchestrator.gateway.security.Credentials;
import org.ollamaorchestrator.gateway.security.Denials;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.store.ManagedAgents;

/** Exchanges an enrolment token for an agent's own. It is asked by agents, before they have anything to connect with. */
@Path(AgentsPortRoutes.ENROL_PATH)
@Produces(MediaType.APPLICATION_JSON)
public class EnrolmentResource {

    private static final int CREATED = 201;
    private static final int UNAUTHORIZED = 401;

    private final ManagedAgents agents;
    private final Denials denials;
    private final ClientAddresses addresses;

    EnrolmentResource(ManagedAgents agents, Denials denials, ClientAddresses addresses) {
        this.addresses = addresses;
        this.agents = agents;
        this.denials = denials;
    }

    /** The only time that the token is told. */
    public record OwnToken(String name, String token) {}

    @POST
    @ResponseStatus(CREATED)
    public Uni<OwnToken> enrol(RoutingContext context) {
        String from = addresses.of(context.request()).getHostAddress();
        if (context.request().getHeader("Origin") != null) {
            throw refused(from, "agents send no Origin");
        }
        Optional<Secret> presented = Credentials.of(context.request().getHeader("Authorization"), null)
                .flatMap(text -> Secret.of(Secret.Kind.ENROLMENT_TOKEN, text));
        if (presented.isEmpty()) {
            denials.deny(Denials.Reason.ENROLMENT, from, "enrolment: no token");
            throw ClientErrorException.of(
                    UNAUTHORIZED, "an enrolment token is needed: send it as \"Authorization: Bearer\"");
        }
        return agents.exchange(presented.get(), from).map(exchange -> switch (exchange) {
            case ManagedAgents.Enrolled(String name, Secret secret) -> new OwnToken(name, secret.reveal());
            case ManagedAgents.Refused(String why) -> throw refused(from, why);
        });
    }

    private ClientErrorException refused(String from, String why) {
        denials.deny(Denials.Reason.ENROLMENT, from, "enrolment: " + why);
        return ClientErrorException.forbidden(why);
    }
}
