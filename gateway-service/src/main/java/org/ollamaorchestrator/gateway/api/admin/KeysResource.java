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
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.store.ManagedKeys;

/** The API keys, for whoever has one that is an administrator's. Anybody else hears 403, whatever he asks for. */
@Path("/api/admin/keys")
@Produces(MediaType.APPLICATION_JSON)
public class KeysResource {

    private static final int CREATED = 201;
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final ApiKeys keys;
    private final ManagedKeys managed;
    private final JsonBody bodies;
    private final Administrators administrators;

    KeysResource(ApiKeys keys, ManagedKeys managed, JsonBody bodies, Administrators administrators) {
        this.keys = keys;
        this.managed = managed;
        this.bodies = bodies;
        this.administrators = administrators;
    }

    public record Keys(List<Key> keys) {}

    /**
     * @param source {@code configuration}, which nobody can change here, or {@code managed}
     * @param models absent for all
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Key(
            String name,
            String source,
            boolean admin,
            @Nullable List<String> models,
            int requestsPerMinute,
            long tokensPerMinute,
            long tokensPerDay,
            int concurrent,
            int weight,
            String priority,
            int waitingMax,
            @Nullable Instant expires,
            @Nullable Instant created,
            @Nullable Instant revoked) {}

    /** The only time that the secret is told. */
    public record NewSecret(String name, String secret) {}

    @GET
    public Keys list(RoutingContext context) {
        var _ = administrators.require(context);
        return new Keys(Stream.concat(
                        keys.ofConfiguration().stream().map(key -> shown(key, "configuration", null, null)),
                        managed.all().stream()
                                .map(each -> shown(
                                        each.key(),
                                        "managed",
                                        each.created(),
                                        each.revoked().orElse(null))))
                .toList());
    }

    @POST
    @ResponseStatus(CREATED)
    public Uni<NewSecret> create(RoutingContext context) {
        String actor = administrators.require(context);
        mustBeKept();
        return bodies.of(context, KeyRequest::of)
                .flatMap(key ->
                        managed.create(key, actor).map(secret -> told(key.name(), secret, nameTaken(key.name()))));
    }

    @DELETE
    @Path("/{name}")
    @ResponseStatus(NO_CONTENT)
    public Uni<Void> revoke(RoutingContext context, @PathParam("name") String name) {
        String actor = administrators.require(context);
        mustBeManaged(name);
        return managed.revoke(name, actor).map(revoked -> {
            if (!revoked) {
                throw unknown();
            }
            return null;
        });
    }

    @POST
    @Path("/{name}/rotate")
    public Uni<NewSecret> rotate(RoutingContext context, @PathParam("name") String name) {
        String actor = administrators.require(context);
        mustBeManaged(name);
        return managed.rotate(name, actor).map(secret -> told(name, secret, unknown()));
    }

    private void mustBeManaged(String name) {
        if (keys.isOfConfiguration(name)) {
            throw ClientErrorException.of(CONFLICT, "this key stands in the configuration; change it there");
        }
        mustBeKept();
    }

    private void mustBeKept() {
        if (!managed.areKept()) {
            throw ClientErrorException.of(
                    CONFLICT, "there is nowhere to keep keys: set orchestrator.data-dir, or use the configuration");
        }
    }

    private static NewSecret told(String name, Optional<Secret> secret, ClientErrorException ifNone) {
        return new NewSecret(name, secret.orElseThrow(() -> ifNone).reveal());
    }

    private static ClientErrorException nameTaken(String name) {
        return ClientErrorException.of(
                CONFLICT, "the name " + name + " is another key's, or was; a name is never given out twice");
    }

    private static ClientErrorException unknown() {
        return ClientErrorException.of(NOT_FOUND, "there is no such key, or it was revoked");
    }

    private static Key shown(ApiKey key, String source, @Nullable Instant created, @Nullable Instant revoked) {
        return new Key(
                key.name(),
                source,
                key.admin(),
                key.models().isEmpty() ? null : key.models(),
                key.limits().requestsPerMinute(),
                key.limits().tokensPerMinute(),
                key.limits().tokensPerDay(),
                key.limits().concurrent(),
                key.weight(),
                key.priority().wireName(),
                key.waitingMax(),
                key.expires().orElse(null),
                created,
                revoked);
    }
}
