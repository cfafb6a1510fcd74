package org.ollamaorchestrator.gateway.api.seed;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.IgnoredFields;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.JsonContentType;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.stream.AnswerWriter;
import org.ollamaorchestrator.gateway.api.stream.Answering;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/** The seed's API: a conversation in, tokens out as server-sent events. */
@Path(SeedResource.PATH)
public class SeedResource {

    static final String PATH = "/api/chat/completions";

    private final JsonBody body;
    private final ModelAliases aliases;
    private final AnswerWriter writer;

    SeedResource(JsonBody body, ModelAliases aliases, AnswerWriter writer) {
        this.body = body;
        this.aliases = aliases;
        this.writer = writer;
    }

    /**
     * Runs {@code {"messages":[…],"model":"…","parameters":{…}}}; the parameters are merged into Ollama's request.
     *
     * @return events; a failure before the first token has its real status: 400 with the field at fault, 503 without an
     *     agent for it, Ollama's own where it answered with an error
     */
    @POST
    public RestMulti<byte[]> chat(@Context RoutingContext context) {
        JsonContentType.require(context);
        Uni<JobRequest> request = body.of(context, json -> {
            IgnoredFields.tell(context, SeedTranslator.ignored(json));
            return SeedTranslator.translate(json, aliases.of(context));
        });
        return writer.write(request.map(job -> Answering.inEvents(job, new SeedEvents())), context);
    }
}
