package org.ollamaorchestrator.gateway.api;

import java.util.Map;
import org.ollamaorchestrator.protocol.JobFailure;

/** How one dialect tells of an error before the first byte of an answer. Each is a bean; see {@link ErrorForms}. */
public interface ErrorForm {

    /** What the dialect is called in logs and metrics. */
    String dialect();

    /** Whether requests to this path speak the dialect. */
    boolean covers(String path);

    /** A request that its client has to mend, a path that is not there, or a method that is not allowed. */
    ErrorAnswer clientError(ClientErrorException error, String requestId);

    /** A job that failed. */
    ErrorAnswer failure(JobFailure failure, String requestId);

    /**
     * An error as it goes out.
     *
     * @param headers besides the content type
     */
    record ErrorAnswer(int status, String contentType, String body, Map<String, String> headers) {
        public ErrorAnswer {
            headers = Map.copyOf(headers);
        }

        public static ErrorAnswer json(int status, String body) {
            return new ErrorAnswer(status, "application/json", body, Map.of());
        }

        public ErrorAnswer with(Map<String, String> more) {
            return new ErrorAnswer(status, contentType, body, more);
        }
    }
}
