package org.ollamaorchestrator.gateway.api.openai;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.jboss.resteasy.reactive.RestMulti;

/** OpenAI's responses, run by Ollama's {@code /api/chat}. Nothing of them is kept. */
@Path("/v1/responses")
public class ResponsesResource {

    private final OpenAiAnswers answers;

    ResponsesResource(OpenAiAnswers answers) {
        this.answers = answers;
    }

    @POST
    public RestMulti<byte[]> respond(@Context RoutingContext context) {
        return answers.to(context, ResponsesTranslator::translate);
    }
}
