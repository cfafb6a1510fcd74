package org.ollamaorchestrator.gateway.jobs;

import java.util.Optional;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** Follows requests on their way, for traces; {@code observability} implements it. A few calls for a request, none for a line. */
public interface Tracing {

    /** @param traceparent of whoever caused the request, in W3C's form */
    Trace begin(RequestId id, JobRequest request, Optional<String> traceparent);

    /** One request's way. From any thread; never blocks. */
    interface Trace {

        /** Nobody follows. */
        Trace NONE = new Trace() {};

        /**
         * The request was given to an agent.
         *
         * @return the {@code traceparent} of the job, if somebody follows
         */
        default Optional<String> placed(JobId job, AgentId agent) {
            return Optional.empty();
        }

        default void firstLine() {}

        /** The job has its end, and the request may go on without it. */
        default void failed(JobFailure failure) {}

        /** The model is loaded for the request. The load may last longer than the request. */
        default Load loads(JobId job, AgentId agent) {
            return Load.NONE;
        }

        default void ended(Ledger.Entry entry) {}
    }

    /** A load under way. */
    interface Load {

        Load NONE = new Load() {};

        default Optional<String> traceparent() {
            return Optional.empty();
        }

        /** @param failure empty if the model is loaded */
        default void ended(Optional<JobFailure> failure) {}
    }
}
