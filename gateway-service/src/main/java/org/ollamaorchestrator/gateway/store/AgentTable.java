package org.ollamaorchestrator.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.security.SecretHash;
import org.ollamaorchestrator.protocol.AgentId;

/** The table {@code agents}. */
final class AgentTable {

    private static final String INSERT = """
            INSERT INTO agents (id, name, source, hash, expires, enrolment_hash, enrolment_expires, agent_id, created,
                connected)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    private static final String SELECT = """
            SELECT id, name, source, hash, expires, enrolment_hash, enrolment_expires, enrolled, agent_id, created,
                connected, revoked
            FROM agents ORDER BY created, name""";

    private AgentTable() {}

    static void insert(Connection connection, ManagedAgent agent) throws SQLException {
        try (PreparedStatement row = connection.prepareStatement(INSERT)) {
            row.setString(1, agent.id());
            row.setString(2, agent.name());
            row.setString(3, agent.source().wireName());
            row.setString(4, agent.hash().map(SecretHash::hex).orElse(null));
            set(row, 5, agent.expires());
            row.setString(6, agent.enrolment().map(open -> open.hash().hex()).orElse(null));
            set(row, 7, agent.enrolment().map(ManagedAgent.Enrolment::expires));
            row.setString(8, agent.agentId().map(AgentId::value).orElse(null));
            row.setLong(9, agent.created().toEpochMilli());
            set(row, 10, agent.connected());
            row.executeUpdate();
        }
    }

    /** @return whether it was there and not revoked yet */
    static boolean revoke(Connection connection, String id, Instant at) throws SQLException {
        return changed(
                connection,
                "UPDATE agents SET revoked = ? WHERE id = ? AND revoked IS NULL",
                at.toEpochMilli(),
                id,
                null);
    }

    /** @return whether it still waits for its first connection: then this is its token, and one before is worth nothing */
    static boolean exchange(Connection connection, String id, SecretHash hash) throws SQLException {
        try (PreparedStatement row = connection.prepareStatement(
                "UPDATE agents SET hash = ? WHERE id = ? AND enrolled IS NULL AND revoked IS NULL")) {
            row.setString(1, hash.hex());
            row.setString(2, id);
            return row.executeUpdate() == 1;
        }
    }

    /** @return whether that is still its token, and it was not enrolled before */
    static boolean enrolled(Connection connection, String id, String hash, Instant at) throws SQLException {
        return changed(
                connection,
                "UPDATE agents SET enrolled = ? WHERE id = ? AND hash = ? AND enrolled IS NULL AND revoked IS NULL",
                at.toEpochMilli(),
                id,
                hash);
    }

    /** Writes when it was there last, and with which id. */
    static void registered(Connection connection, ManagedAgent agent) throws SQLException {
        try (PreparedStatement row =
                connection.prepareStatement("UPDATE agents SET connected = ?, agent_id = ? WHERE id = ?")) {
            set(row, 1, agent.connected());
            row.setString(2, agent.agentId().map(AgentId::value).orElse(null));
            row.setString(3, agent.id());
            row.executeUpdate();
        }
    }

    static List<ManagedAgent> all(Connection connection) throws SQLException {
        var agents = new ArrayList<ManagedAgent>();
        try (PreparedStatement query = connection.prepareStatement(SELECT);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                agents.add(agent(rows));
            }
        }
        return List.copyOf(agents);
    }

    private static boolean changed(Connection connection, String update, long at, String id, @Nullable String hash)
            throws SQLException {
        try (PreparedStatement row = connection.prepareStatement(update)) {
            row.setLong(1, at);
            row.setString(2, id);
            if (hash != null) {
                row.setString(3, hash);
            }
            return row.executeUpdate() == 1;
        }
    }

    private static ManagedAgent agent(ResultSet row) throws SQLException {
        Optional<Instant> used = time(row, "enrolled");
        Optional<SecretHash> enrolment = hash(row, "enrolment_hash");
        Optional<Instant> until = time(row, "enrolment_expires");
        return new ManagedAgent(
                row.getString("id"),
                row.getString("name"),
                ManagedAgent.Source.valueOf(row.getString("source").toUpperCase(Locale.ROOT)),
                hash(row, "hash"),
                time(row, "expires"),
                enrolment.map(hash -> new ManagedAgent.Enrolment(hash, until.orElseThrow(), used)),
                Optional.ofNullable(row.getString("agent_id")).map(AgentId::new),
                Instant.ofEpochMilli(row.getLong("created")),
                time(row, "connected"),
                time(row, "revoked"));
    }

    private static Optional<SecretHash> hash(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column)).map(SecretHash::new);
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    private static void set(PreparedStatement row, int column, Optional<Instant> time) throws SQLException {
        if (time.isPresent()) {
            row.setLong(column, time.get().toEpochMilli());
        } else {
            row.setNull(column, Types.BIGINT);
        }
    }
}
