package org.ollamaorchestrator.gateway.api.seed;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.ollamaorchestrator.gateway.api.FailureStatus;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/** A job that failed before its first token: the real status, and the seed's event as its body. */
public class SeedErrorMapper {

    @ServerExceptionMapper
    Response failed(JobFailedException e) {
        return Response.status(FailureStatus.of(e.failure()))
                .header(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .header(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                .entity(SeedErrors.event(e.failure()))
                .build();
    }
}
