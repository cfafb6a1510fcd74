package org.ollamaorchestrator.gateway.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.api.FlywayException;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.gateway.security.Secret;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.sqlite.SQLiteDataSource;

/**
 * An administrator's key, put straight into a gateway's directory by whoever may write there: so that no key has to stand in
 * the configuration before the first one can be given out. A gateway that runs there at the same time is not disturbed, since
 * SQLite has one write at a time, and takes the key when it looks next.
 */
public final class FirstKey {

    /** In the audit, where others have the name of their key. */
    private static final String ACTOR = "command line";

    private static final int WAITING_MAX = 100;

    private FirstKey() {}

    /** What came of it. */
    public sealed interface Outcome {}

    public record Created(Secret secret) implements Outcome {}

    /** It is another key's in that directory, or was. */
    public record NameTaken() implements Outcome {}

    /** Nothing was done. */
    public record Failed(String why) implements Outcome {}

    /** @param pepper the gateway's; empty for none */
    public static Outcome create(Path folder, String name, String pepper) {
        try {
            Database.createFile(folder);
            var source = new SQLiteDataSource();
            source.setUrl(DatabaseDefault.url(folder));
            Schema.migrate(source);
            try (Connection connection = source.getConnection()) {
                return created(connection, name, pepper);
            }
        } catch (IOException e) {
            return new Failed("it is not a directory that this user may write to");
        } catch (SQLException | FlywayException e) {
            return new Failed(String.valueOf(e.getMessage()).lines().findFirst().orElse("the database refuses"));
        }
    }

    private static Outcome created(Connection connection, String name, String pepper) throws SQLException {
        connection.setAutoCommit(false);
        Secret secret = Secret.random(Secret.Kind.API_KEY);
        var key = new ApiKey(
                name, true, List.of(), ApiKey.Limits.NONE, 1, Priority.NORMAL, WAITING_MAX, Optional.empty());
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        boolean taken = KeyTable.all(connection).stream()
                .anyMatch(each -> each.key().name().equals(name));
        if (taken) {
            return new NameTaken();
        }
        KeyTable.insert(connection, new ManagedKey(key, SecretHash.of(secret, pepper), now, Optional.empty()));
        AuditTable.insert(connection, AuditEvent.of(Audit.Event.KEY_CREATED, ACTOR, name, now));
        connection.commit();
        return new Created(secret);
    }
}
