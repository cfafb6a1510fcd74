package org.ollamaorchestrator.agent.observability;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Traces are off, and cost nothing, until there is an address to send them to: Quarkus' own key for it, or the environment
 * variable that OpenTelemetry's programs have in common. Registered by {@code META-INF/services}.
 */
public final class TracesDefault implements ConfigSourceFactory {

    static final String OFF = "quarkus.otel.sdk.disabled";

    private static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";
    private static final String TRACES_ENDPOINT = "quarkus.otel.exporter.otlp.traces.endpoint";
    private static final String PROTOCOL = "quarkus.otel.exporter.otlp.protocol";
    private static final String COMMON_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String COMMON_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /** Below every file and variable that an owner may set, above the defaults of Quarkus. */
    private static final int ORDINAL = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Optional<String> common = set(context, COMMON_ENDPOINT);
        boolean wanted = common.isPresent()
                || set(context, ENDPOINT).isPresent()
                || set(context, TRACES_ENDPOINT).isPresent();
        Map<String, String> defaults = new HashMap<>();
        defaults.put(OFF, Boolean.toString(!wanted));
        common.ifPresent(endpoint -> defaults.put(ENDPOINT, endpoint));
        set(context, COMMON_PROTOCOL).ifPresent(protocol -> defaults.put(PROTOCOL, protocol));
        return List.of(new PropertiesConfigSource(defaults, "where traces go", ORDINAL));
    }

    /** By the owner, that is: Quarkus has an address of its own in the place of none. */
    private static Optional<String> set(ConfigSourceContext context, String key) {
        ConfigValue value = context.getValue(key);
        return value == null || value.getConfigSourceOrdinal() <= ORDINAL
                ? Optional.empty()
                : Optional.ofNullable(value.getValue()).filter(text -> !text.isBlank());
    }
}
