package org.ollamaorchestrator.agent.bridge;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.CallTrace;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** Follows jobs, for traces; {@code observability} implements it. To be used on the agent's context only. */
public interface Tracing {

    /** Nobody follows. */
    Tracing NONE = (job, model, operation, traceparent) -> new Untraced();

    /** @param traceparent of whoever sent the job, in W3C's form; null if nobody follows */
    Trace begin(JobId job, ModelName model, Operation operation, @Nullable String traceparent);

    /** One job, and its call of Ollama. */
    interface Trace extends CallTrace {

        /** @param failure null if the answer is whole */
        void ended(@Nullable JobFailure failure, long lines);
    }

    /** A job that nobody follows. */
    record Untraced() implements Trace {
        @Override
        public Optional<String> calls(String method, String host, int port, String path) {
            return Optional.empty();
        }

        @Override
        public void answered(int status) {}

        @Override
        public void ended(@Nullable JobFailure failure, long lines) {}
    }
}
