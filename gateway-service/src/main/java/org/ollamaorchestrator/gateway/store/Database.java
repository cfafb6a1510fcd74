package org.ollamaorchestrator.gateway.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.agroal.api.AgroalDataSource;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.ollamaorchestrator.gateway.GatewayConfig;

/** The database in the owner's directory, if he gave one. It blocks: never called on an event loop. */
@Singleton
public class Database {

    private final Optional<Path> folder;
    private final Instance<AgroalDataSource> source;
    private final Instance<Flyway> schema;

    Database(GatewayConfig config, Instance<AgroalDataSource> source, Instance<Flyway> schema) {
        this.folder = config.dataDir();
        this.source = source;
        this.schema = schema;
    }

    /** What is done with one connection, all of it or nothing. */
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /** What is done the same way without an answer. */
    interface Change {
        void with(Connection connection) throws SQLException;
    }

    /** The database could not do it; nothing of it was done. */
    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Failed(SQLException cause) {
            super("the database: " + cause.getMessage(), cause);
        }
    }

    boolean isKept() {
        return folder.isPresent();
    }

    /** Brings the schema up to date; makes the database if there is none, readable by its owner alone. */
    void open() {
        try {
            createFile(folder.orElseThrow());
        } catch (IOException e) {
            throw new UncheckedIOException("orchestrator.data-dir cannot be used: " + folder.get(), e);
        }
        var _ = schema.get().migrate();
    }

    static void createFile(Path folder) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        Path file = folder.resolve(DatabaseDefault.FILE);
        if (posix) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
        } else {
            Files.createDirectories(folder);
        }
    }

    <T> T read(Work<T> work) {
        try (Connection connection = source.get().getConnection()) {
            return work.with(connection);
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }

    void change(Change change) {
        var _ = changed(connection -> {
            change.with(connection);
            return true;
        });
    }

    @CanIgnoreReturnValue
    <T> T changed(Work<T> work) {
        try (Connection connection = source.get().getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.with(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        } catch (SQLException e) {
            throw new Failed(e);
        }
    }
}
