package org.ollamaorchestrator.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/**
 * Brings a database's schema up to date where Quarkus, which does so for a gateway, is not started. Flyway on its own does
 * not find the migrations in Quarkus' jars, so it is handed them.
 */
final class Schema {

    private static final String FOLDER = "/db/migration/";

    /** The first migration, which is always there: beside it are the others. */
    private static final String FIRST = "V1__keys_usage_audit.sql";

    private Schema() {}

    static void migrate(DataSource source) {
        List<LoadableResource> migrations = migrations();
        var _ = Flyway.configure(Schema.class.getClassLoader())
                .dataSource(source)
                .resourceProvider(new Given(migrations))
                .load()
                .migrate();
    }

    static List<LoadableResource> migrations() {
        try {
            URL first = Schema.class.getResource(FOLDER + FIRST);
            if (first == null) {
                throw new IllegalStateException("the build left out " + FOLDER + FIRST);
            }
            URI where = first.toURI();
            if ("file".equals(where.getScheme())) {
                return read(Path.of(where));
            }
            try (FileSystem _ = FileSystems.newFileSystem(where, Map.of())) {
                return read(Path.of(where));
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<LoadableResource> read(Path first) throws IOException {
        try (Stream<Path> files = Files.list(first.resolveSibling(""))) {
            var migrations = new ArrayList<LoadableResource>();
            for (Path file : files.sorted().toList()) {
                migrations.add(new Migration(String.valueOf(file.getFileName()), Files.readString(file, UTF_8)));
            }
            return List.copyOf(migrations);
        }
    }

    private static final class Migration extends LoadableResource {

        private final String name;
        private final String sql;

        Migration(String name, String sql) {
            this.name = name;
            this.sql = sql;
        }

        @Override
        public Reader read() {
            return new StringReader(sql);
        }

        @Override
        public String getAbsolutePath() {
            return FOLDER.substring(1) + name;
        }

        @Override
        public @Nullable String getAbsolutePathOnDisk() {
            return null;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }

    private record Given(List<LoadableResource> migrations) implements ResourceProvider {

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return migrations.stream()
                    .filter(each -> each.getAbsolutePath().equals(name))
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return migrations.stream()
                    .filter(each -> each.getFilename().startsWith(prefix))
                    .filter(each -> Arrays.stream(suffixes).anyMatch(each.getFilename()::endsWith))
                    .toList();
        }
    }
}
