package org.ollamaorchestrator.gateway.store;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Where the database is: in {@code orchestrator.data-dir}, or nowhere, and then Quarkus' data source does not exist at run
 * time. Registered by {@code META-INF/services}.
 */
public final class DatabaseDefault implements ConfigSourceFactory {

    static final String FILE = "gateway.db";

    private static final int ORDINAL = 50;

    /**
     * One writes while others read; who comes second waits. A commit is on the disk when it returns, even if the power
     * fails: a revoked key must stay revoked.
     */
    private static final String SETTINGS = "?journal_mode=WAL&synchronous=FULL&busy_timeout=5000";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue folder = context.getValue("orchestrator.data-dir");
        boolean kept = folder != null
                && folder.getValue() != null
                && !folder.getValue().isBlank();
        return List.of(new PropertiesConfigSource(
                kept
                        ? Map.of(
                                "quarkus.datasource.active",
                                "true",
                                "quarkus.datasource.jdbc.url",
                                url(Path.of(folder.getValue())))
                        : Map.of("quarkus.datasource.active", "false", "quarkus.flyway.active", "false"),
                "where the database is",
                ORDINAL));
    }

    static String url(Path folder) {
        return "jdbc:sqlite:" + folder.resolve(FILE) + SETTINGS;
    }
}
