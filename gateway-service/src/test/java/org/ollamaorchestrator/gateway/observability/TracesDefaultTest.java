package org.ollamaorchestrator.gateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces are on if there is an address for them, and only then. */
@NullMarked
class TracesDefaultTest {

    private static final String OFF = "quarkus.otel.sdk.disabled";
    private static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";

    /** Where Quarkus' own defaults stand. */
    private static final int OF_QUARKUS = Integer.MIN_VALUE + 100;

    private static final int OF_THE_OWNER = 300;

    @Test
    void off_as_long_as_nobody_gave_an_address_although_quarkus_has_one() {
        SmallRyeConfig config = config(Map.of(ENDPOINT, "http://localhost:4317"), OF_QUARKUS);

        assertThat(config.getValue(OFF, Boolean.class)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "quarkus.otel.exporter.otlp.endpoint",
                "quarkus.otel.exporter.otlp.traces.endpoint"
            })
    void on_with_an_address_by_whichever_name(String name) {
        SmallRyeConfig config = config(Map.of(name, "http://collector:4317"), OF_THE_OWNER);

        assertThat(config.getValue(OFF, Boolean.class)).isFalse();
    }

    @Test
    void an_empty_address_is_none() {
        SmallRyeConfig config = config(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", " "), OF_THE_OWNER);

        assertThat(config.getValue(OFF, Boolean.class)).isTrue();
    }

    @Test
    void the_variables_that_all_programs_have_in_common_are_quarkus_own_keys() {
        SmallRyeConfig config = config(
                Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://collector:4318",
                        "OTEL_EXPORTER_OTLP_PROTOCOL",
                        "http/protobuf"),
                OF_THE_OWNER);

        assertThat(config.getValue(ENDPOINT, String.class)).isEqualTo("http://collector:4318");
        assertThat(config.getValue("quarkus.otel.exporter.otlp.protocol", String.class))
                .isEqualTo("http/protobuf");
    }

    @Test
    void an_owner_can_switch_them_off_all_the_same() {
        SmallRyeConfig config =
                config(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", OFF, "true"), OF_THE_OWNER);

        assertThat(config.getValue(OFF, Boolean.class)).isTrue();
    }

    private static SmallRyeConfig config(Map<String, String> keys, int ordinal) {
        return new SmallRyeConfigBuilder()
                .withSources(new TracesDefault())
                .withSources(new PropertiesConfigSource(keys, "test", ordinal))
                .build();
    }
}
