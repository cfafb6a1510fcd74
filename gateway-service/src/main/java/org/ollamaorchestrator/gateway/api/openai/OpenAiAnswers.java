package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.IgnoredFields;
import org.ollamaorchestrator.gateway.api.JsonBody;
import org.ollamaorchestrator.gateway.api.JsonContentType;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.stream.AnswerWriter;
import org.ollamaorchestrator.gateway.api.stream.Answering;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/** Answers a request in events or in one piece, whichever its body asks for. */
@Singleton
public class OpenAiAnswers {

    private final JsonBody body;
    private final ModelAliases aliases;
    private final AnswerWriter writer;

    OpenAiAnswers(JsonBody body, ModelAliases aliases, AnswerWriter writer) {
        this.body = body;
        this.aliases = aliases;
        this.writer = writer;
    }

    /** @param translate throws {@link org.ollamaorchestrator.gateway.api.ClientErrorException} for what it cannot take */
    RestMulti<byte[]> to(RoutingContext context, Function<ObjectNode, TranslatedRequest> translate) {
        JsonContentType.require(context);
        return writer.write(body.of(context, json -> answering(translate.apply(json), context)), context);
    }

    private Answering answering(TranslatedRequest request, RoutingContext context) {
        IgnoredFields.tell(context, request.ignored());
        JobRequest job = request.job(aliases.of(context));
        var head = new AnswerHead(UUID.randomUUID().toString().replace("-", ""), Instant.now(), request.model());
        return request.stream()
                ? Answering.inEvents(job, request.form().events(head))
                : Answering.inOnePiece(job, request.form().whole(head));
    }
}
