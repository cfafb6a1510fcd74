package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/**
 * Answers that are Ollama's own text, line by line or in one piece. Newline-delimited JSON has no comment, so a silence is
 * not filled and the head waits for the first line; all else is as with {@link SseWriter}.
 */
@Singleton
public class LineWriter {

    private final JobDesk jobs;

    LineWriter(JobDesk jobs) {
        this.jobs = jobs;
    }

    /**
     * Runs the request and passes its answer on; to be returned by a resource method without {@code @Produces}.
     *
     * @return fails with {@link org.ollamaorchestrator.gateway.jobs.JobFailedException} as long as no byte was written
     */
    public RestMulti<byte[]> pass(Uni<Passing> request, RoutingContext context) {
        ClientConnection client = ClientConnection.of(context);
        return RestMulti.fromUniResponse(
                request,
                passing -> AnswerPipe.of(jobs, passing.job(), client, passing.lines()),
                passing -> headers(passing.contentType()),
                passing -> 200);
    }

    /**
     * A request whose answer is passed on.
     *
     * @param contentType what Ollama says of such an answer
     * @param lines how its lines are written
     */
    public record Passing(JobRequest job, String contentType, EventDialect lines) {}

    private static Map<String, List<String>> headers(String contentType) {
        return Map.of(
                "Content-Type", List.of(contentType),
                "Cache-Control", List.of("no-cache, no-transform"),
                "X-Accel-Buffering", List.of("no"));
    }
}
