package org.ollamaorchestrator.gateway.api.fleet;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.QueueView;

/** Who waits for a free slot, and where in the queue. */
@Path("/api/queue")
@Produces(MediaType.APPLICATION_JSON)
public class QueueResource {

    private final CoreLoop core;
    private final JobDesk jobs;

    QueueResource(CoreLoop core, JobDesk jobs) {
        this.core = core;
        this.jobs = jobs;
    }

    /**
     * @param waiting how many wait in all
     * @param running how many requests have an agent
     * @param draining whether no new requests are taken
     */
    public record Queue(int waiting, int running, boolean draining, List<Waiting> requests) {}

    /**
     * @param id the request's {@code x-request-id}
     * @param position from 1
     * @param expectedMs how long until its turn, probably
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Waiting(String id, String model, String priority, int position, long waitedMs, long expectedMs) {}

    /** @param id an {@code x-request-id}, to see that request alone; it is not there if it does not wait */
    @GET
    public Uni<Queue> queue(@QueryParam("id") @Nullable String id) {
        return core.queueView()
                .map(view -> new Queue(
                        view.waiting().size(),
                        view.running(),
                        view.draining(),
                        view.waiting().stream()
                                .flatMap(this::shown)
                                .filter(waiting -> id == null || waiting.id().equals(id))
                                .toList()));
    }

    private Stream<Waiting> shown(QueueView.Waiting waiting) {
        Optional<String> name = jobs.nameOf(waiting.request());
        return name.stream()
                .map(id -> new Waiting(
                        id,
                        waiting.model().written(),
                        waiting.share().priority().wireName(),
                        waiting.position(),
                        waiting.waited().toMillis(),
                        waiting.expected().toMillis()));
    }
}
