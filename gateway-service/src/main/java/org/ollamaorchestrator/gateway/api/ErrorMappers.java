package org.ollamaorchestrator.gateway.api;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.ollamaorchestrator.gateway.api.ErrorForm.ErrorAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

/** Every error before the first byte of an answer, in the form of the dialect whose path was called. */
public class ErrorMappers {

    private static final Logger LOG = Logger.getLogger(ErrorMappers.class);

    private final ErrorForms forms;

    ErrorMappers(ErrorForms forms) {
        this.forms = forms;
    }

    @ServerExceptionMapper
    Response failed(JobFailedException e, RoutingContext context) {
        return answer(form(context).failure(e.failure(), RequestIds.of(context)));
    }

    @ServerExceptionMapper
    Response clientError(ClientErrorException e, RoutingContext context) {
        return answer(form(context).clientError(e, RequestIds.of(context)));
    }

    @ServerExceptionMapper
    Response notFound(NotFoundException e, RoutingContext context) {
        return clientError(
                ClientErrorException.of(e.getResponse().getStatus(), "there is nothing at this path"), context);
    }

    @ServerExceptionMapper
    Response notAllowed(NotAllowedException e, RoutingContext context) {
        Response answer = clientError(
                ClientErrorException.of(e.getResponse().getStatus(), "this method is not allowed here"), context);
        String allow = e.getResponse().getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? answer
                : Response.fromResponse(answer).header(HttpHeaders.ALLOW, allow).build();
    }

    @ServerExceptionMapper
    Response web(WebApplicationException e, RoutingContext context) {
        return clientError(
                ClientErrorException.of(e.getResponse().getStatus(), String.valueOf(e.getMessage())), context);
    }

    @ServerExceptionMapper
    Response unexpected(Throwable e, RoutingContext context) {
        LOG.errorf(e, "request %s failed in a way that nobody expected", RequestIds.of(context));
        return answer(form(context).failure(new JobFailure.Internal(), RequestIds.of(context)));
    }

    private ErrorForm form(RoutingContext context) {
        return forms.of(context.normalizedPath());
    }

    private static Response answer(ErrorAnswer error) {
        Response.ResponseBuilder answer = Response.status(error.status())
                .header(HttpHeaders.CONTENT_TYPE, error.contentType())
                .entity(error.body());
        error.headers().forEach(answer::header);
        return answer.build();
    }
}
