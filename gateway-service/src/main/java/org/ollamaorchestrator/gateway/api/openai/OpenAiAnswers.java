package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.IgnoredFields;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.JsonContentType;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.stream.SseWriter;
import org.ollamaorchestrator.gateway.api.stream.WholeWriter;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/** Answers a request in events or in one piece, whichever its body asks for. */
@Singleton
public class OpenAiAnswers {

    private static final String PROCESSING_MS = "openai-processing-ms";

    private final JsonBody body;
    private final ModelAliases aliases;
    private final SseWriter events;
    private final WholeWriter whole;

    OpenAiAnswers(JsonBody body, ModelAliases aliases, SseWriter events, WholeWriter whole) {
        this.body = body;
        this.aliases = aliases;
        this.events = events;
        this.whole = whole;
    }

    private record Call(JobRequest job, boolean stream, AnswerForm form, AnswerHead head) {}

    /** @param translate throws {@link org.ollamaorchestrator.gateway.api.ClientErrorException} for what it cannot take */
    RestMulti<byte[]> to(RoutingContext context, Function<ObjectNode, TranslatedRequest> translate) {
        JsonContentType.require(context);
        tellTimeToHead(context);
        boolean http1 = context.request().version() == HttpVersion.HTTP_1_1;
        Uni<Call> call = body.of(context, json -> {
            TranslatedRequest request = translate.apply(json);
            IgnoredFields.tell(context, request.ignored());
            return new Call(
                    request.job(aliases),
                    request.stream(),
                    request.form(),
                    new AnswerHead(UUID.randomUUID().toString().replace("-", ""), Instant.now(), request.model()));
        });
        return RestMulti.fromUniResponse(
                call, known -> bytes(known, context), known -> headers(known.stream(), http1), known -> 200);
    }

    private Multi<byte[]> bytes(Call call, RoutingContext context) {
        Uni<JobRequest> job = Uni.createFrom().item(call.job());
        return call.stream()
                ? events.stream(job, context, call.form().events(call.head()))
                : whole.answer(job, context, () -> call.form().whole(call.head()));
    }

    /** The writers' own headers, which they could only give if the form of the answer were known before the body. */
    private static Map<String, List<String>> headers(boolean stream, boolean http1) {
        if (!stream) {
            return Map.of("Content-Type", List.of("application/json"));
        }
        var headers = new LinkedHashMap<String, List<String>>();
        headers.put("Content-Type", List.of("text/event-stream"));
        headers.put("Cache-Control", List.of("no-cache, no-transform"));
        headers.put("X-Accel-Buffering", List.of("no"));
        if (http1) {
            headers.put("Connection", List.of("keep-alive"));
        }
        return headers;
    }

    private static void tellTimeToHead(RoutingContext context) {
        long start = System.nanoTime();
        context.addHeadersEndHandler(ignored -> context.response()
                .putHeader(
                        PROCESSING_MS,
                        String.valueOf(
                                Duration.ofNanos(System.nanoTime() - start).toMillis())));
    }
}
