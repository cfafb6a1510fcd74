package org.ollamaorchestrator.agent.observability;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.bridge.Tracing;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * A span for each job, which goes on from the gateway's, and one for its call of Ollama. Prompts, answers and the texts of
 * failures are in neither. Without an address to send them to, there are no spans.
 */
@Singleton
public final class JobTraces implements Tracing {

    private static final String TRACEPARENT = "traceparent";

    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<String> JOB = AttributeKey.stringKey("orchestrator.job.id");
    private static final AttributeKey<Long> LINES = AttributeKey.longKey("orchestrator.lines");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("url.path");
    private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");

    private static final int FIRST_ERROR = 400;

    /** The carrier is the header's text. */
    private static final TextMapGetter<String> TEXT = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(TRACEPARENT);
        }

        @Override
        public @Nullable String get(@Nullable String carrier, String key) {
            return key.equals(TRACEPARENT) ? carrier : null;
        }
    };

    private final Tracer tracer;
    private final boolean off;

    JobTraces(OpenTelemetry telemetry, @ConfigProperty(name = TracesDefault.OFF) boolean off) {
        this.tracer = telemetry.getTracer("org.ollamaorchestrator.agent");
        this.off = off;
    }

    @Override
    public Trace begin(JobId job, ModelName model, Operation operation, @Nullable String traceparent) {
        if (off) {
            return new Untraced();
        }
        Context parent = traceparent == null ? Context.root() : W3C.extract(Context.root(), traceparent, TEXT);
        Span span = tracer.spanBuilder("job " + operation.conventionalName() + " " + model.canonical())
                .setParent(parent)
                .setSpanKind(SpanKind.SERVER)
                .setAttribute(OPERATION, operation.conventionalName())
                .setAttribute(PROVIDER, "ollama")
                .setAttribute(MODEL, model.canonical())
                .setAttribute(JOB, job.value())
                .startSpan();
        return new Followed(tracer, span);
    }

    private static final class Followed implements Trace {

        private final Tracer tracer;
        private final Span job;
        private @Nullable Span call;

        Followed(Tracer tracer, Span job) {
            this.tracer = tracer;
            this.job = job;
        }

        @Override
        public Optional<String> calls(String method, String host, int port, String path) {
            Span span = tracer.spanBuilder(method + " " + path)
                    .setParent(Context.root().with(job))
                    .setSpanKind(SpanKind.CLIENT)
                    .setAttribute(METHOD, method)
                    .setAttribute(PATH, path)
                    .setAttribute(ADDRESS, host)
                    .setAttribute(PORT, (long) port)
                    .startSpan();
            call = span;
            Map<String, String> carrier = new HashMap<>();
            W3C.inject(Context.root().with(span), carrier, (map, key, value) -> {
                if (map != null) {
                    map.put(key, value);
                }
            });
            return Optional.ofNullable(carrier.get(TRACEPARENT));
        }

        @Override
        public void answered(int status) {
            if (call != null) {
                call.setAttribute(STATUS, (long) status);
                if (status >= FIRST_ERROR) {
                    call.setStatus(StatusCode.ERROR);
                }
            }
        }

        @Override
        public void ended(@Nullable JobFailure failure, long lines) {
            job.setAttribute(LINES, lines);
            if (call != null) {
                end(call, failure);
            }
            end(job, failure);
        }

        /** The kind of failure, not its text: that may hold a piece of a prompt in Ollama's own words. */
        private static void end(Span span, @Nullable JobFailure failure) {
            if (failure != null) {
                span.setAttribute(
                        ERROR,
                        failure.getClass()
                                .getSimpleName()
                                .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                                .toLowerCase(Locale.ROOT));
                span.setStatus(StatusCode.ERROR);
            }
            span.end();
        }
    }
}
