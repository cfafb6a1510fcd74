package org.ollamaorchestrator.gateway.api.openai;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import org.jboss.resteasy.reactive.RestMulti;

/** OpenAI's chat completions, run by Ollama's {@code /api/chat}. */
@Path("/v1/chat/completions")
public class ChatResource {

    private final OpenAiAnswers answers;

    ChatResource(OpenAiAnswers answers) {
        this.answers = answers;
    }

    @POST
    public RestMulti<byte[]> complete(@Context RoutingContext context) {
        return answers.to(context, ChatTranslator::translate);
    }
}
