package org.ollamaorchestrator.gateway.security;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Converters;
import io.smallrye.config.PropertiesConfigSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.eclipse.microprofile.config.spi.Converter;

/**
 * The default of {@code quarkus.http.host}: loopback as long as nobody has to prove who they are; all addresses if the
 * owner has given out API keys, or said so by {@code orchestrator.insecure}. Registered by {@code META-INF/services}.
 */
public final class LoopbackDefault implements ConfigSourceFactory {

    /** Below every file and variable that an owner may set, above the defaults of Quarkus. */
    private static final int ORDINAL = 50;

    /** Takes what the mapping takes: {@code true}, {@code 1}, {@code yes} and so on. */
    private static final Converter<Boolean> BOOLEAN = Converters.getImplicitConverter(Boolean.class);

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue insecure = context.getValue("orchestrator.insecure");
        boolean open = hasKeys(context)
                || (insecure != null
                        && insecure.getValue() != null
                        && Boolean.TRUE.equals(BOOLEAN.convert(insecure.getValue())));
        return List.of(new PropertiesConfigSource(
                Map.of("quarkus.http.host", open ? "0.0.0.0" : "127.0.0.1"), "orchestrator's own defaults", ORDINAL));
    }

    private static boolean hasKeys(ConfigSourceContext context) {
        for (Iterator<String> names = context.iterateNames(); names.hasNext(); ) {
            String name = names.next();
            if (name.startsWith("orchestrator.keys.") || name.startsWith("ORCHESTRATOR_KEYS_")) {
                return true;
            }
        }
        return false;
    }
}
