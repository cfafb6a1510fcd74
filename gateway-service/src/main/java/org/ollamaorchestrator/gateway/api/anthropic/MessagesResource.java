package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.IgnoredFields;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.JsonContentType;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.RequestIds;
import org.ollamaorchestrator.gateway.api.stream.SseWriter;
import org.ollamaorchestrator.gateway.api.stream.WholeWriter;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;

/** Anthropic's API, as its SDKs and Claude Code call it. {@code docs/anthropic.md} tells what becomes of each field. */
@Path(MessagesResource.PATH)
public class MessagesResource {

    static final String PATH = "/v1/messages";

    private static final String JSON = "application/json";

    /** Features that Anthropic's own service would switch on. */
    private static final String BETA = "anthropic-beta";

    private final JsonBody body;
    private final ModelAliases aliases;
    private final SseWriter events;
    private final WholeWriter whole;
    private final CoreLoop core;

    MessagesResource(JsonBody body, ModelAliases aliases, SseWriter events, WholeWriter whole, CoreLoop core) {
        this.body = body;
        this.aliases = aliases;
        this.events = events;
        this.whole = whole;
        this.core = core;
    }

    /** Answers in events or in one piece, as the request's {@code stream} says. */
    @POST
    public RestMulti<byte[]> message(@Context RoutingContext context) {
        JsonContentType.require(context);
        Uni<AnthropicRequest> request = body.of(context, json -> AnthropicTranslator.translate(json, aliases))
                .invoke(translated -> tellIgnored(translated, context));
        return RestMulti.fromUniResponse(
                request,
                translated -> answer(translated, context),
                translated -> headers(translated, context),
                translated -> 200);
    }

    /** An estimate: see {@link TokenEstimate}. */
    @POST
    @Path("count_tokens")
    public Uni<Response> countTokens(@Context RoutingContext context) {
        JsonContentType.require(context);
        return body.of(context, json -> AnthropicTranslator.translateToCount(json, aliases))
                .invoke(translated -> tellIgnored(translated, context))
                .call(translated -> core.view()
                        .invoke(fleet -> requireModel(fleet, translated.job().model())))
                .map(translated -> JsonNodeFactory.instance.objectNode().put("input_tokens", translated.tokens()))
                .map(count -> Response.ok(count.toString())
                        .header(HttpHeaders.CONTENT_TYPE, JSON)
                        .header(AnthropicErrors.REQUEST_ID, RequestIds.of(context))
                        .build());
    }

    private RestMulti<byte[]> answer(AnthropicRequest request, RoutingContext context) {
        Uni<JobRequest> job = Uni.createFrom().item(request.job());
        return request.streams()
                ? events.stream(job, context, new MessageEvents(AnswerIds.random(), request.modelAsAsked()))
                : whole.answer(job, context, () -> new WholeMessage(AnswerIds.random(), request.modelAsAsked()));
    }

    private static Map<String, List<String>> headers(AnthropicRequest request, RoutingContext context) {
        var headers = new LinkedHashMap<String, List<String>>();
        headers.put(AnthropicErrors.REQUEST_ID, List.of(RequestIds.of(context)));
        if (request.streams()) {
            headers.put("Content-Type", List.of("text/event-stream"));
            headers.put("Cache-Control", List.of("no-cache, no-transform"));
            headers.put("X-Accel-Buffering", List.of("no"));
            if (context.request().version() == HttpVersion.HTTP_1_1) {
                headers.put("Connection", List.of("keep-alive"));
            }
        } else {
            headers.put("Content-Type", List.of(JSON));
        }
        return headers;
    }

    private static void tellIgnored(AnthropicRequest request, RoutingContext context) {
        var names = new ArrayList<>(request.ignored());
        if (context.request().getHeader(BETA) != null) {
            names.add(BETA);
        }
        IgnoredFields.tell(context, names);
    }

    private static void requireModel(FleetView fleet, ModelName model) {
        if (fleet.agents().isEmpty()) {
            throw new JobFailedException(new JobFailure.NoAgent());
        }
        if (fleet.agents().stream().noneMatch(agent -> agent.profile().offer().includes(model))) {
            throw new JobFailedException(new JobFailure.NoSuchModel(model));
        }
    }
}
