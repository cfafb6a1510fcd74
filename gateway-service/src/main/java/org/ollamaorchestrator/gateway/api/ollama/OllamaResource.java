package org.ollamaorchestrator.gateway.api.ollama;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.ModelCatalog;
import org.ollamaorchestrator.gateway.api.stream.AnswerWriter;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;

/**
 * Ollama's own API, so that {@code OLLAMA_HOST} may name the gateway. Answers and errors are those of the Ollama that ran
 * the request; what lists models lists those of the whole fleet.
 */
@Path("/")
public class OllamaResource {

    private static final String JSON = "application/json; charset=utf-8";

    private final JsonBody body;
    private final AnswerWriter writer;
    private final OllamaRequests requests;
    private final ModelCatalog catalog;

    OllamaResource(JsonBody body, AnswerWriter writer, OllamaRequests requests, ModelCatalog catalog) {
        this.body = body;
        this.writer = writer;
        this.requests = requests;
        this.catalog = catalog;
    }

    /** What clients look for to know that an Ollama is there; also by HEAD. */
    @GET
    public Response root() {
        return Response.ok("Ollama is running")
                .header(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .build();
    }

    /** The oldest version in the fleet: what every agent can do. */
    @GET
    @Path("api/version")
    public Uni<Response> version() {
        return catalog.oldestOllama().map(version -> json("{\"version\":\"" + version.orElse("0.0.0") + "\"}"));
    }

    @GET
    @Path("api/tags")
    public Uni<Response> tags() {
        return catalog.models().map(OllamaResource::listed);
    }

    @GET
    @Path("api/ps")
    public Uni<Response> ps() {
        return catalog.loaded().map(OllamaResource::listed);
    }

    @POST
    @Path("api/chat")
    public RestMulti<byte[]> chat(@Context RoutingContext context) {
        return passed(Operation.CHAT, context);
    }

    @POST
    @Path("api/generate")
    public RestMulti<byte[]> generate(@Context RoutingContext context) {
        return passed(Operation.GENERATE, context);
    }

    @POST
    @Path("api/embed")
    public RestMulti<byte[]> embed(@Context RoutingContext context) {
        return passed(Operation.EMBED, context);
    }

    @POST
    @Path("api/embeddings")
    public RestMulti<byte[]> embeddings(@Context RoutingContext context) {
        return passed(Operation.EMBEDDINGS, context);
    }

    @POST
    @Path("api/show")
    public RestMulti<byte[]> show(@Context RoutingContext context) {
        return passed(Operation.SHOW, context);
    }

    private RestMulti<byte[]> passed(Operation operation, RoutingContext context) {
        return writer.write(body.of(context, request -> requests.of(context).answering(operation, request)), context);
    }

    private static Response listed(List<OllamaModel> models) {
        return json(
                models.stream().map(OllamaModel::ollamaJson).collect(Collectors.joining(",", "{\"models\":[", "]}")));
    }

    private static Response json(String text) {
        return Response.ok(text).header(HttpHeaders.CONTENT_TYPE, JSON).build();
    }
}
