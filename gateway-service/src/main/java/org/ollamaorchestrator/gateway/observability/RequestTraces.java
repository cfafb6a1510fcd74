package org.ollamaorchestrator.gateway.observability;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.gateway.jobs.JobUsage;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.jobs.Tracing;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The spans below that of the HTTP request: the wait, the load, and each job, which its agent goes on from. Their attributes
 * are OpenTelemetry's for generative AI; prompts, answers and the texts of failures are in none of them. Without an address
 * to send them to, there are no spans.
 */
@Singleton
final class RequestTraces implements Tracing {

    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey(GatewayMetrics.OPERATION);
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey(GatewayMetrics.PROVIDER);
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey(GatewayMetrics.REQUEST_MODEL);
    private static final AttributeKey<Long> INPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> OUTPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey(GatewayMetrics.ERROR_TYPE);
    private static final AttributeKey<String> REQUEST = AttributeKey.stringKey("orchestrator.request.id");
    private static final AttributeKey<String> JOB = AttributeKey.stringKey("orchestrator.job.id");
    private static final AttributeKey<String> AGENT = AttributeKey.stringKey("orchestrator.agent.id");

    private static final String LOAD = "load";
    private static final String QUEUE = "queue";
    private static final String FIRST_LINE = "first line";

    /** A job whose agent is gone has nobody who says so. */
    private static final String LOST = "agent_lost";

    private final Tracer tracer;
    private final boolean off;

    RequestTraces(OpenTelemetry telemetry, @ConfigProperty(name = TracesDefault.OFF) boolean off) {
        this.tracer = telemetry.getTracer("org.ollamaorchestrator.gateway");
        this.off = off;
    }

    @Override
    public Trace begin(RequestId id, JobRequest request, Optional<String> traceparent) {
        return off ? Trace.NONE : new Followed(tracer, Traceparent.context(traceparent), id, request);
    }

    private static String errorOf(JobFailure failure) {
        return GatewayMetrics.word(failure.getClass().getSimpleName());
    }

    private static void endWith(Span span, String error) {
        span.setAttribute(ERROR, error);
        span.setStatus(StatusCode.ERROR);
        span.end();
    }

    /** One request. What the core's loop and a session's tell may come at once, so each call is alone. */
    private static final class Followed implements Trace {

        private final Tracer tracer;
        private final Context parent;
        private final RequestId id;
        private final JobRequest request;

        private Instant waitsSince = Instant.now();
        private @Nullable Span job;

        Followed(Tracer tracer, Context parent, RequestId id, JobRequest request) {
            this.tracer = tracer;
            this.parent = parent;
            this.id = id;
            this.request = request;
        }

        @Override
        public synchronized Optional<String> placed(JobId newJob, AgentId agent) {
            Span before = job;
            if (before != null) {
                endWith(before, LOST);
            } else {
                waited().end();
            }
            String operation = request.operation().conventionalName();
            Span span = ofModel(operation, newJob, agent).startSpan();
            job = span;
            return Traceparent.of(parent.with(span));
        }

        @Override
        public synchronized void firstLine() {
            if (job != null) {
                job.addEvent(FIRST_LINE);
            }
        }

        @Override
        public synchronized void failed(JobFailure failure) {
            if (job != null) {
                endWith(job, errorOf(failure));
                job = null;
                waitsSince = Instant.now();
            }
        }

        @Override
        public Load loads(JobId load, AgentId agent) {
            Span span = ofModel(LOAD, load, agent).startSpan();
            return new FollowedLoad(span, Traceparent.of(parent.with(span)));
        }

        @Override
        public synchronized void ended(Ledger.Entry entry) {
            boolean waitedOn = Duration.between(waitsSince, Instant.now()).toMillis() > 0;
            Span last = job;
            if (last == null && (waitedOn || entry.agent().isEmpty())) {
                last = waited();
            }
            if (last == null) {
                return;
            }
            JobUsage usage = entry.usage();
            if (usage.exact()) {
                last.setAttribute(INPUT_TOKENS, usage.promptTokens());
                last.setAttribute(OUTPUT_TOKENS, usage.answerTokens());
            }
            if (entry.isDone()) {
                last.end();
            } else {
                endWith(last, GatewayMetrics.word(entry.end()));
            }
        }

        private Span waited() {
            return tracer.spanBuilder(QUEUE)
                    .setParent(parent)
                    .setStartTimestamp(waitsSince)
                    .setAttribute(REQUEST, id.value())
                    .startSpan();
        }

        private SpanBuilder ofModel(String operation, JobId newJob, AgentId agent) {
            String model = request.model().canonical();
            return tracer.spanBuilder(operation + " " + model)
                    .setParent(parent)
                    .setSpanKind(SpanKind.CLIENT)
                    .setAttribute(OPERATION, operation)
                    .setAttribute(PROVIDER, GatewayMetrics.OLLAMA)
                    .setAttribute(MODEL, model)
                    .setAttribute(REQUEST, id.value())
                    .setAttribute(JOB, newJob.value())
                    .setAttribute(AGENT, agent.value());
        }
    }

    private record FollowedLoad(Span span, Optional<String> traceparent) implements Load {
        @Override
        public void ended(Optional<JobFailure> failure) {
            failure.ifPresentOrElse(why -> endWith(span, errorOf(why)), span::end);
        }
    }
}
