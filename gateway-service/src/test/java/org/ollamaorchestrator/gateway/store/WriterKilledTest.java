package org.ollamaorchestrator.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ollamaorchestrator.gateway.jobs.JobUsage;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** Another process writes keys and the ledger and is killed where it stands (SIGKILL), again and again. */
@NullMarked
class WriterKilledTest {

    private static final int KILLS = 5;

    @TempDir
    Path folder;

    /** The process that is killed: it says what it has committed, after it has. */
    static final class Writer {

        private Writer() {}

        public static void main(String... arguments) throws SQLException {
            String run = arguments[1];
            try (Connection connection = connect(Path.of(arguments[0]))) {
                connection.setAutoCommit(false);
                for (int i = 0; ; i++) {
                    String name = "k" + run + "-" + i;
                    KeyTable.insert(connection, key(name));
                    connection.commit();
                    System.out.println(name);
                    if (i % 2 == 0 && KeyTable.revoke(connection, name, Instant.now())) {
                        connection.commit();
                        System.out.println("revoked " + name);
                    }
                    // A batch of which a part came before, as after a commit whose answer was lost.
                    LedgerTable.insert(connection, List.of(entry(name + "a"), entry(name + "b")));
                    connection.commit();
                    LedgerTable.insert(connection, List.of(entry(name + "b"), entry(name + "c")));
                    connection.commit();
                    System.out.println("used " + name);
                }
            }
        }
    }

    @Test
    void what_was_committed_is_there_once_and_nothing_is_broken() throws Exception {
        RandomGenerator random = RandomGenerator.getDefault();
        Set<String> told = new HashSet<>();
        try (Connection connection = connect(folder);
                Statement schema = connection.createStatement()) {
            for (String statement : schema().split(";", -1)) {
                if (!statement.isBlank()) {
                    schema.execute(statement);
                }
            }
        }

        for (int run = 0; run < KILLS; run++) {
            told.addAll(killedAfter(random.nextInt(20, 200), String.valueOf(run)));
        }

        try (Connection connection = connect(folder)) {
            assertThat(strings(connection, "PRAGMA integrity_check")).containsExactly("ok");
            List<ManagedKey> keys = KeyTable.all(connection);
            Set<String> ids = new HashSet<>(strings(connection, "SELECT id FROM usage_ledger"));
            assertThat(strings(connection, "SELECT id FROM usage_ledger")).hasSize(ids.size());
            for (String what : told) {
                String name = what.substring(what.indexOf(' ') + 1);
                ManagedKey key = keys.stream()
                        .filter(each -> each.key().name().equals(name))
                        .findFirst()
                        .orElseThrow();
                if (what.startsWith("revoked ")) {
                    assertThat(key.revoked()).isPresent();
                } else if (what.startsWith("used ")) {
                    assertThat(ids).contains(name + "a", name + "b", name + "c");
                }
            }
        }
    }

    /** @return what it said */
    private Set<String> killedAfter(int lines, String run) throws IOException, InterruptedException {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        Optional.ofNullable(System.getProperty("surefire.test.class.path"))
                                .orElseGet(() -> System.getProperty("java.class.path")),
                        Writer.class.getName(),
                        folder.toString(),
                        run)
                .redirectError(folder.resolve("errors").toFile())
                .start();
        Set<String> told = new HashSet<>();
        try (BufferedReader said = writer.inputReader()) {
            String line = said.readLine();
            while (line != null && told.size() < lines) {
                told.add(line);
                line = said.readLine();
            }
            assertThat(line).as(Files.readString(folder.resolve("errors"))).isNotNull();
        } finally {
            writer.destroyForcibly();
            assertThat(writer.waitFor(Duration.ofSeconds(30))).isTrue();
        }
        return told;
    }

    private static Connection connect(Path folder) throws SQLException {
        return DriverManager.getConnection(DatabaseDefault.url(folder));
    }

    private static String schema() throws IOException {
        try (var file = Objects.requireNonNull(
                WriterKilledTest.class.getResourceAsStream("/db/migration/V1__keys_usage_audit.sql"))) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8).replaceAll("(?m)^--.*$", "");
        }
    }

    private static List<String> strings(Connection connection, String query) throws SQLException {
        var strings = new ArrayList<String>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    private static ManagedKey key(String name) {
        var key =
                new ApiKey(name, false, List.of("tiny"), ApiKey.Limits.NONE, 1, Priority.NORMAL, 100, Optional.empty());
        return new ManagedKey(
                key, SecretHash.of(Secret.random(Secret.Kind.API_KEY), ""), Instant.now(), Optional.empty());
    }

    private static Ledger.Entry entry(String id) {
        return new Ledger.Entry(
                new RequestId(id),
                "r",
                "openai",
                "anna",
                new ModelName("tiny"),
                Operation.CHAT,
                Optional.empty(),
                new JobUsage(1, 2, true),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ZERO,
                "done",
                Instant.now());
    }
}
