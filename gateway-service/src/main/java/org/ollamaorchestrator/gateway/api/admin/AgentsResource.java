package org.ollamaorchestrator.gateway.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentCredential;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.admin.AgentRequest.WithEnrolment;
import org.ollamaorchestrator.gateway.api.admin.AgentRequest.WithToken;
import org.ollamaorchestrator.gateway.security.AgentTokens;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.store.ManagedAgent;
import org.ollamaorchestrator.gateway.store.ManagedAgent.Enrolment;
import org.ollamaorchestrator.gateway.store.ManagedAgents;
import org.ollamaorchestrator.gateway.store.ManagedAgents.Seen;
import org.ollamaorchestrator.protocol.AgentId;

/** The agents that may connect, let in and shut out by administrators while the gateway runs. */
@Path("/api/admin/agents")
@Produces(MediaType.APPLICATION_JSON)
public class AgentsResource {

    private static final int CREATED = 201;
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final AgentTokens tokens;
    private final ManagedAgents managed;
    private final JsonBody bodies;
    private final Administrators administrators;

    AgentsResource(AgentTokens tokens, ManagedAgents managed, JsonBody bodies, Administrators administrators) {
        this.tokens = tokens;
        this.managed = managed;
        this.bodies = bodies;
        this.administrators = administrators;
    }

    public record Agents(List<Agent> agents) {}

    /**
     * @param source {@code configuration}, which nobody can change here, {@code managed}, {@code enrolment} or {@code
     *     certificate}
     * @param agentId which it used last
     * @param connected when it registered last
     * @param expires from then on it is refused
     * @param enrolmentExpires present as long as its enrolment token can be exchanged
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Agent(
            String name,
            String source,
            @Nullable String agentId,
            @Nullable Instant connected,
            @Nullable Instant expires,
            @Nullable Instant enrolmentExpires,
            @Nullable Instant created,
            @Nullable Instant revoked) {}

    /** The only time that the secret is told. */
    public record NewToken(String name, String secret) {}

    /** The only time that the secret is told. */
    public record NewEnrolment(String name, String secret, Instant expires) {}

    @GET
    public Agents list(RoutingContext context) {
        var _ = administrators.require(context);
        return new Agents(Stream.concat(
                        tokens.ofConfiguration().stream().map(this::shown),
                        managed.all().stream().map(AgentsResource::shown))
                .toList());
    }

    @POST
    @ResponseStatus(CREATED)
    public Uni<NewToken> create(RoutingContext context) {
        String actor = administrators.require(context);
        mustBeKept();
        return bodies.of(context, WithToken::of)
                .flatMap(agent -> managed.create(agent.name(), agent.expires(), actor)
                        .map(secret -> new NewToken(
                                agent.name(), secret.map(Secret::reveal).orElseThrow(() -> nameTaken(agent.name())))));
    }

    @POST
    @Path("/enrolments")
    @ResponseStatus(CREATED)
    public Uni<NewEnrolment> invite(RoutingContext context) {
        String actor = administrators.require(context);
        mustBeKept();
        return bodies.of(context, WithEnrolment::of)
                .flatMap(agent -> managed.invite(agent.name(), agent.ttl(), actor)
                        .map(invited -> invited.orElseThrow(() -> nameTaken(agent.name())))
                        .map(invited ->
                                new NewEnrolment(agent.name(), invited.secret().reveal(), invited.expires())));
    }

    @DELETE
    @Path("/{name}")
    @ResponseStatus(NO_CONTENT)
    public Uni<Void> revoke(RoutingContext context, @PathParam("name") String name) {
        String actor = administrators.require(context);
        if (tokens.isOfConfiguration(name)) {
            throw ClientErrorException.of(CONFLICT, "this agent's token stands in the configuration; change it there");
        }
        mustBeKept();
        return managed.revoke(name, actor).map(revoked -> {
            if (!revoked) {
                throw ClientErrorException.of(NOT_FOUND, "there is no such agent, or it was revoked");
            }
            return null;
        });
    }

    private void mustBeKept() {
        if (!managed.areKept()) {
            throw ClientErrorException.of(
                    CONFLICT, "there is nowhere to keep agents: set orchestrator.data-dir, or use the configuration");
        }
    }

    private static ClientErrorException nameTaken(String name) {
        return ClientErrorException.of(CONFLICT, "the name " + name + " is another agent's; revoke that one first");
    }

    private Agent shown(AgentCredential.Token token) {
        Optional<Seen> seen = managed.seen(token.name());
        return new Agent(
                token.name(),
                "configuration",
                seen.map(Seen::agent).map(AgentId::value).orElse(null),
                seen.map(Seen::at).orElse(null),
                token.expires().orElse(null),
                null,
                null,
                null);
    }

    private static Agent shown(ManagedAgent agent) {
        return new Agent(
                agent.name(),
                agent.source().wireName(),
                agent.agentId().map(AgentId::value).orElse(null),
                agent.connected().orElse(null),
                agent.expires().orElse(null),
                agent.enrolment()
                        .filter(open -> open.used().isEmpty())
                        .map(Enrolment::expires)
                        .orElse(null),
                agent.created(),
                agent.revoked().orElse(null));
    }
}
