package org.ollamaorchestrator.gateway.observability;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** W3C's header, as the text by which a trace goes on elsewhere. */
public final class Traceparent {

    private static final String HEADER = "traceparent";

    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    /** The carrier is the header's text. */
    private static final TextMapGetter<String> TEXT = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
            return List.of(HEADER);
        }

        @Override
        public @Nullable String get(@Nullable String carrier, String key) {
            return key.equals(HEADER) ? carrier : null;
        }
    };

    private Traceparent() {}

    /** Of the HTTP request whose event-loop context this is; empty if nobody follows it. */
    public static Optional<String> current() {
        return of(Context.current());
    }

    static Optional<String> of(Context context) {
        Map<String, String> carrier = new HashMap<>();
        W3C.inject(context, carrier, (map, key, value) -> {
            if (map != null) {
                map.put(key, value);
            }
        });
        return Optional.ofNullable(carrier.get(HEADER));
    }

    static Context context(Optional<String> traceparent) {
        return traceparent.map(text -> W3C.extract(Context.root(), text, TEXT)).orElseGet(Context::root);
    }
}
