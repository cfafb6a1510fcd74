package org.ollamaorchestrator.gateway.api.openai;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.jboss.resteasy.reactive.RestMulti;

/** OpenAI's embeddings, run by Ollama's {@code /api/embed}. */
@Path("/v1/embeddings")
public class EmbeddingsResource {

    private final OpenAiAnswers answers;

    EmbeddingsResource(OpenAiAnswers answers) {
        this.answers = answers;
    }

    @POST
    public RestMulti<byte[]> embed(@Context RoutingContext context) {
        return answers.to(context, EmbeddingsTranslator::translate);
    }
}
