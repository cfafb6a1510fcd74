package org.ollamaorchestrator.gateway.api.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.Callers;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.OpenRequest;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.protocol.AgentId;

/** The requests that have no end yet: a key sees and ends its own, an administrator all of them. */
@Path("/api/jobs")
@Produces(MediaType.APPLICATION_JSON)
public class JobsResource {

    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;

    private final JobDesk jobs;
    private final Audit audit;

    JobsResource(JobDesk jobs, Audit audit) {
        this.jobs = jobs;
        this.audit = audit;
    }

    public record Jobs(List<Job> jobs) {}

    /**
     * @param id the gateway's own name for the request, as in its log
     * @param requestId the request's {@code x-request-id}
     * @param agent that has it, or had it last; absent while none has had it
     * @param answering whether its answer has begun
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Job(
            String id,
            String requestId,
            String key,
            String model,
            String operation,
            String priority,
            Instant since,
            @Nullable String agent,
            boolean answering) {}

    /** The oldest first. */
    @GET
    public Jobs list(RoutingContext context) {
        return new Jobs(visibleTo(Callers.of(context))
                .sorted(Comparator.comparing(OpenRequest::since))
                .map(JobsResource::shown)
                .toList());
    }

    /** @param id either of its two; of an {@code x-request-id} that several requests share, all end */
    @DELETE
    @Path("/{id}")
    @ResponseStatus(NO_CONTENT)
    public void cancel(RoutingContext context, @PathParam("id") String id) {
        Optional<ApiKey> caller = Callers.of(context);
        List<OpenRequest> meant = visibleTo(caller)
                .filter(request ->
                        request.id().value().equals(id) || request.name().equals(id))
                .toList();
        if (meant.isEmpty()) {
            throw ClientErrorException.of(NOT_FOUND, "there is no such request of this key, or it has ended");
        }
        for (OpenRequest request : meant) {
            jobs.cancel(request.id());
            String owner = request.share().key();
            caller.map(ApiKey::name)
                    .filter(name -> !name.equals(owner))
                    .ifPresent(name -> audit.done(
                            Audit.Event.REQUEST_ENDED, name, request.id().value() + " of " + owner));
        }
    }

    private Stream<OpenRequest> visibleTo(Optional<ApiKey> caller) {
        return jobs.requests().stream()
                .filter(request -> caller.map(
                                key -> key.admin() || request.share().key().equals(key.name()))
                        .orElse(true));
    }

    private static Job shown(OpenRequest request) {
        return new Job(
                request.id().value(),
                request.name(),
                request.share().key(),
                request.model().written(),
                request.operation().wireName(),
                request.share().priority().wireName(),
                request.since(),
                request.agent().map(AgentId::value).orElse(null),
                request.answering());
    }
}
