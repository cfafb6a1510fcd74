package org.ollamaorchestrator.gateway.api;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Map;
import org.ollamaorchestrator.gateway.api.ErrorForm.ErrorAnswer;

/** Answers a request that is refused for its head alone, in the form of the API that was called. */
@Singleton
class Refusals {

    private final ErrorForms forms;

    Refusals(ErrorForms forms) {
        this.forms = forms;
    }

    /** What is left of the body is nobody's concern: who is refused costs no more than his head. */
    void refuse(RoutingContext context, ClientErrorException error, Map<String, String> headers) {
        ErrorAnswer answer = forms.of(context.normalizedPath()).clientError(error, RequestIds.of(context));
        var response =
                context.response().setStatusCode(answer.status()).putHeader("Content-Type", answer.contentType());
        answer.headers().forEach(response::putHeader);
        headers.forEach(response::putHeader);
        UnwantedRest.isNotRead(context);
        response.end(answer.body()).onFailure(context::fail);
    }
}
