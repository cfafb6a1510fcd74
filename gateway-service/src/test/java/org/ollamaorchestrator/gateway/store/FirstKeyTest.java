package org.ollamaorchestrator.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.flywaydb.core.api.resource.Resource;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ollamaorchestrator.gateway.security.SecretHash;

/** The first administrator's key, put into a directory that no gateway has ever seen, or a few have. */
@NullMarked
class FirstKeyTest {

    @TempDir
    Path parent;

    @Test
    void the_directory_is_made_for_its_owner_alone_and_has_the_keys_hash_and_not_its_secret() throws Exception {
        Path folder = parent.resolve("data");

        var created = (FirstKey.Created) FirstKey.create(folder, "boss", "some pepper");

        List<ManagedKey> keys = keysIn(folder);
        assertThat(keys).hasSize(1);
        assertThat(keys.getFirst().key().name()).isEqualTo("boss");
        assertThat(keys.getFirst().key().admin()).isTrue();
        assertThat(keys.getFirst().hash()).isEqualTo(SecretHash.of(created.secret(), "some pepper"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("gateway.db"))))
                .isEqualTo("rw-------");
        assertThat(created.secret().toString()).doesNotContain(created.secret().reveal());
    }

    @Test
    void a_name_is_given_out_once() throws Exception {
        assertThat(FirstKey.create(parent, "boss", "")).isInstanceOf(FirstKey.Created.class);

        assertThat(FirstKey.create(parent, "boss", "")).isEqualTo(new FirstKey.NameTaken());
        assertThat(FirstKey.create(parent, "deputy", "")).isInstanceOf(FirstKey.Created.class);
        assertThat(keysIn(parent)).hasSize(2);
    }

    @Test
    void it_waits_for_a_gateway_that_is_just_writing() throws Exception {
        assertThat(FirstKey.create(parent, "boss", "")).isInstanceOf(FirstKey.Created.class);
        try (Connection gateway = DriverManager.getConnection(DatabaseDefault.url(parent));
                var statement = gateway.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            var second = Thread.ofVirtual().start(() -> {
                var _ = FirstKey.create(parent, "deputy", "");
            });
            assertThat(keysIn(parent)).hasSize(1);
            statement.execute("COMMIT");
            second.join();
        }

        assertThat(keysIn(parent)).hasSize(2);
    }

    @Test
    void what_is_no_directory_is_refused() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));

        assertThat(FirstKey.create(file, "boss", "")).isInstanceOf(FirstKey.Failed.class);
    }

    @Test
    void what_is_no_database_is_refused_and_left_as_it_is() throws IOException {
        String text = "not a database, but somebody's letter\n".repeat(100);
        Path file = Files.writeString(parent.resolve("gateway.db"), text);

        assertThat(FirstKey.create(parent, "boss", "")).isInstanceOf(FirstKey.Failed.class);
        assertThat(file).hasContent(text);
    }

    @Test
    void every_migration_is_known() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
            Set<String> names = files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());

            assertThat(Schema.migrations())
                    .extracting(Resource::getFilename)
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    private static List<ManagedKey> keysIn(Path folder) throws SQLException {
        try (Connection connection = DriverManager.getConnection(DatabaseDefault.url(folder))) {
            return KeyTable.all(connection);
        }
    }
}
