package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/**
 * Streams of server-sent events, for all dialects: all that waits goes out in one write, a failure before the first byte
 * keeps its real HTTP status, one after it becomes the dialect's own event, a silence of Ollama's is filled, and a client
 * that leaves cancels its job.
 */
@Singleton
public class SseWriter {

    private final JobDesk jobs;

    SseWriter(JobDesk jobs) {
        this.jobs = jobs;
    }

    /**
     * Runs the request and streams its answer; to be returned by a resource method without {@code @Produces}.
     *
     * @return fails with {@link org.ollamaorchestrator.gateway.jobs.JobFailedException} as long as no byte was written
     */
    public RestMulti<byte[]> stream(Uni<JobRequest> request, RoutingContext context, EventDialect dialect) {
        ClientConnection client = ClientConnection.of(context);
        boolean http1 = context.request().version() == HttpVersion.HTTP_1_1;
        return RestMulti.fromUniResponse(
                request, job -> AnswerPipe.of(jobs, job, client, dialect), job -> SseHeaders.of(http1), job -> 200);
    }
}
