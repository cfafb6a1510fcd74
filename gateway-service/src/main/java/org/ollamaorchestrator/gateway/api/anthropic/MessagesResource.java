package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.Map;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.IgnoredFields;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.JsonContentType;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.ModelCatalog;
import org.ollamaorchestrator.gateway.api.RequestIds;
import org.ollamaorchestrator.gateway.api.stream.AnswerWriter;
import org.ollamaorchestrator.gateway.api.stream.Answering;

/** Anthropic's API, as its SDKs and Claude Code call it. {@code docs/anthropic.md} tells what becomes of each field. */
@Path(MessagesResource.PATH)
public class MessagesResource {

    static final String PATH = "/v1/messages";

    private static final String JSON = "application/json";

    /** Features that Anthropic's own service would switch on. */
    private static final String BETA = "anthropic-beta";

    /** Ollama's word for a model that can. */
    private static final String THINKING = "thinking";

    private final JsonBody body;
    private final ModelAliases aliases;
    private final AnswerWriter writer;
    private final ModelCatalog catalog;

    MessagesResource(JsonBody body, ModelAliases aliases, AnswerWriter writer, ModelCatalog catalog) {
        this.body = body;
        this.aliases = aliases;
        this.writer = writer;
        this.catalog = catalog;
    }

    /** Answers in events or in one piece, as the request's {@code stream} says. */
    @POST
    public RestMulti<byte[]> message(@Context RoutingContext context) {
        JsonContentType.require(context);
        Uni<AnthropicRequest> request = body.of(
                        context, json -> AnthropicTranslator.translate(json, aliases.of(context)))
                .onItem()
                .transformToUni(this::fittedToModel)
                .invoke(translated -> tellIgnored(translated, context));
        return writer.write(request.map(translated -> answering(translated, context)), context);
    }

    /** An estimate: see {@link TokenEstimate}. */
    @POST
    @Path("count_tokens")
    public Uni<Response> countTokens(@Context RoutingContext context) {
        JsonContentType.require(context);
        return body.of(context, json -> AnthropicTranslator.translateToCount(json, aliases))
                .invoke(translated -> tellIgnored(translated, context))
                .call(translated -> catalog.require(translated.job().model()))
                .map(translated -> JsonNodeFactory.instance.objectNode().put("input_tokens", translated.tokens()))
                .map(count -> Response.ok(count.toString())
                        .header(HttpHeaders.CONTENT_TYPE, JSON)
                        .header(AnthropicErrors.REQUEST_ID, RequestIds.of(context))
                        .build());
    }

    /** Thinking asked of a model that cannot think has no effect; Ollama's own {@code /v1/messages} drops it too. */
    private Uni<AnthropicRequest> fittedToModel(AnthropicRequest request) {
        if (request.askingToThink().isEmpty()) {
            return Uni.createFrom().item(request);
        }
        return catalog.lacks(request.job().model(), THINKING)
                .onItem()
                .transformToUni(lacking -> lacking
                        ? body.worked(request.job().body().text().length(), request::withoutThinking)
                        : Uni.createFrom().item(request));
    }

    private static Answering answering(AnthropicRequest request, RoutingContext context) {
        Answering answering = request.streams()
                ? Answering.inEvents(request.job(), new MessageEvents(AnswerIds.random(), request.modelAsAsked()))
                : Answering.inOnePiece(request.job(), new WholeMessage(AnswerIds.random(), request.modelAsAsked()));
        return answering.with(Map.of(AnthropicErrors.REQUEST_ID, RequestIds.of(context)));
    }

    private static void tellIgnored(AnthropicRequest request, RoutingContext context) {
        var names = new ArrayList<>(request.ignored());
        if (context.request().getHeader(BETA) != null) {
            names.add(BETA);
        }
        IgnoredFields.tell(context, names);
    }
}
