package org.ollamaorchestrator.gateway;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * How many event loops there are: one for two processors. Each token comes in over an agent's connection and goes out over a
 * client's, and if those belong to different loops one has to wake the other, which costs more than what either does.
 * With the two loops per processor that Vert.x has by itself, nearly every token pays that. Registered by {@code META-INF/services}.
 */
public final class EventLoopsDefault implements ConfigSourceFactory {

    /** Below every file and variable that an owner may set, above the defaults of Quarkus. */
    private static final int ORDINAL = 50;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        int loops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        return List.of(new PropertiesConfigSource(
                Map.of("quarkus.vertx.event-loops-pool-size", String.valueOf(loops)), "event loops", ORDINAL));
    }
}
