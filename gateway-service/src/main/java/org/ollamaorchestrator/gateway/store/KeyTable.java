package org.ollamaorchestrator.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.SecretHash;

/** The table {@code api_keys}. */
final class KeyTable {

    private static final String INSERT = """
            INSERT INTO api_keys (id, name, hash, admin, models, requests_per_minute, tokens_per_minute, tokens_per_day,
                concurrent, weight, priority, waiting_max, expires, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    private static final String SELECT = """
            SELECT name, hash, admin, models, requests_per_minute, tokens_per_minute, tokens_per_day, concurrent, weight,
                priority, waiting_max, expires, created, revoked
            FROM api_keys ORDER BY created, name""";

    /** No name of a model has it. */
    private static final String BETWEEN_MODELS = "\n";

    private KeyTable() {}

    static void insert(Connection connection, ManagedKey managed) throws SQLException {
        ApiKey key = managed.key();
        try (PreparedStatement row = connection.prepareStatement(INSERT)) {
            row.setString(1, UUID.randomUUID().toString());
            row.setString(2, key.name());
            row.setString(3, managed.hash().hex());
            row.setBoolean(4, key.admin());
            row.setString(5, String.join(BETWEEN_MODELS, key.models()));
            row.setInt(6, key.limits().requestsPerMinute());
            row.setLong(7, key.limits().tokensPerMinute());
            row.setLong(8, key.limits().tokensPerDay());
            row.setInt(9, key.limits().concurrent());
            row.setInt(10, key.weight());
            row.setString(11, key.priority().wireName());
            row.setInt(12, key.waitingMax());
            if (key.expires().isPresent()) {
                row.setLong(13, key.expires().get().toEpochMilli());
            } else {
                row.setNull(13, Types.BIGINT);
            }
            row.setLong(14, managed.created().toEpochMilli());
            row.executeUpdate();
        }
    }

    /** @return whether there was such a key, not revoked yet */
    static boolean revoke(Connection connection, String name, Instant at) throws SQLException {
        try (PreparedStatement row =
                connection.prepareStatement("UPDATE api_keys SET revoked = ? WHERE name = ? AND revoked IS NULL")) {
            row.setLong(1, at.toEpochMilli());
            row.setString(2, name);
            return row.executeUpdate() == 1;
        }
    }

    /** @return whether there was such a key, not revoked yet */
    static boolean rotate(Connection connection, String name, SecretHash hash) throws SQLException {
        try (PreparedStatement row =
                connection.prepareStatement("UPDATE api_keys SET hash = ? WHERE name = ? AND revoked IS NULL")) {
            row.setString(1, hash.hex());
            row.setString(2, name);
            return row.executeUpdate() == 1;
        }
    }

    static List<ManagedKey> all(Connection connection) throws SQLException {
        var keys = new ArrayList<ManagedKey>();
        try (PreparedStatement query = connection.prepareStatement(SELECT);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                keys.add(key(rows));
            }
        }
        return List.copyOf(keys);
    }

    private static ManagedKey key(ResultSet row) throws SQLException {
        String models = row.getString("models");
        var limits = new ApiKey.Limits(
                row.getInt("requests_per_minute"),
                row.getLong("tokens_per_minute"),
                row.getInt("concurrent"),
                row.getLong("tokens_per_day"));
        var key = new ApiKey(
                row.getString("name"),
                row.getBoolean("admin"),
                models.isEmpty() ? List.of() : List.of(models.split(BETWEEN_MODELS, -1)),
                limits,
                row.getInt("weight"),
                Priority.ofWireName(row.getString("priority")).orElseThrow(),
                row.getInt("waiting_max"),
                time(row, "expires"));
        return new ManagedKey(
                key,
                new SecretHash(row.getString("hash")),
                Instant.ofEpochMilli(row.getLong("created")),
                time(row, "revoked"));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
