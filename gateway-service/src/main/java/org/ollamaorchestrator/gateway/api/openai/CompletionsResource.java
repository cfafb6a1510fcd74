package org.ollamaorchestrator.gateway.api.openai;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.jboss.resteasy.reactive.RestMulti;

/** OpenAI's older completions, run by Ollama's {@code /api/generate}. */
@Path("/v1/completions")
public class CompletionsResource {

    private final OpenAiAnswers answers;

    CompletionsResource(OpenAiAnswers answers) {
        this.answers = answers;
    }

    @POST
    public RestMulti<byte[]> complete(@Context RoutingContext context) {
        return answers.to(context, CompletionTranslator::translate);
    }
}
