package org.ollamaorchestrator.gateway.api;

import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Every error that happens before a dialect has taken the request, and every one that nobody expected. */
public class ErrorMappers {

    private static final Logger LOG = Logger.getLogger(ErrorMappers.class);

    private static final int INTERNAL = 500;

    @ServerExceptionMapper
    Response clientError(ClientErrorException e) {
        return answer(e.status(), String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response notFound(NotFoundException e, UriInfo uri) {
        return answer(e.getResponse().getStatus(), "there is nothing at this path");
    }

    @ServerExceptionMapper
    Response notAllowed(NotAllowedException e) {
        Response answer = answer(e.getResponse().getStatus(), "this method is not allowed here");
        String allow = e.getResponse().getHeaderString(HttpHeaders.ALLOW);
        return allow == null
                ? answer
                : Response.fromResponse(answer).header(HttpHeaders.ALLOW, allow).build();
    }

    @ServerExceptionMapper
    Response web(WebApplicationException e) {
        return answer(e.getResponse().getStatus(), String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response unexpected(Throwable e) {
        LOG.error("a request failed in a way that nobody expected", e);
        return answer(INTERNAL, "an error in the gateway; its log says more");
    }

    private static Response answer(int status, String error) {
        return Response.status(status)
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(ErrorBody.json(error))
                .build();
    }
}
