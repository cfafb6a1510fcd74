package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/**
 * Answers in one piece, for the dialects that put them together from Ollama's stream: so a client that leaves cancels its
 * job here as well. The head waits for the whole answer, and every failure has its real status.
 */
@Singleton
public class WholeWriter {

    private static final Map<String, List<String>> HEADERS = Map.of("Content-Type", List.of("application/json"));

    private final JobDesk jobs;

    WholeWriter(JobDesk jobs) {
        this.jobs = jobs;
    }

    /**
     * Runs the request and answers it; to be returned by a resource method without {@code @Produces}.
     *
     * @param answer makes the one that takes the lines in, when the request is known
     * @return fails with {@link org.ollamaorchestrator.gateway.jobs.JobFailedException}
     */
    public RestMulti<byte[]> answer(Uni<JobRequest> request, RoutingContext context, Supplier<WholeAnswer> answer) {
        ClientConnection client = ClientConnection.of(context);
        return RestMulti.fromUniResponse(request, job -> body(job, client, answer.get()), job -> HEADERS, job -> 200);
    }

    private Multi<byte[]> body(JobRequest job, ClientConnection client, WholeAnswer answer) {
        if (client.isClosed()) {
            return Multi.createFrom().empty();
        }
        return jobs.submit(job, client)
                .collect()
                .in(() -> answer, WholeAnswer::add)
                .map(WholeAnswer::body)
                .toMulti();
    }
}
