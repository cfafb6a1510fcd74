package org.ollamaorchestrator.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class EventLoopsDefaultTest {

    private static final String LOOPS = "quarkus.vertx.event-loops-pool-size";

    @Test
    void there_is_one_event_loop_for_two_processors() {
        int processors = Runtime.getRuntime().availableProcessors();

        assertThat(loops(Map.of())).isEqualTo(processors < 4 ? 1 : processors / 2);
    }

    @Test
    void an_owner_may_want_another_number() {
        assertThat(loops(Map.of(LOOPS, "7"))).isEqualTo(7);
    }

    private static int loops(Map<String, String> set) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .withSources(new EventLoopsDefault())
                .withSources(new PropertiesConfigSource(set, "the owner's", 100))
                .build();
        return config.getValue(LOOPS, Integer.class);
    }
}
