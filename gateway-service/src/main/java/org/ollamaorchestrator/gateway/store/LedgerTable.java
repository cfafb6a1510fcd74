package org.ollamaorchestrator.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.gateway.jobs.Ledger.Entry;

/** The table {@code usage_ledger}. */
final class LedgerTable {

    private static final String INSERT = """
            INSERT INTO usage_ledger (id, key_name, model, agent, prompt_tokens, answer_tokens, exact, queue_ms, load_ms,
                first_line_ms, duration_ms, ended, finished)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""";

    private static final String TOKENS_SINCE = """
            SELECT key_name, SUM(prompt_tokens + answer_tokens) FROM usage_ledger
            WHERE finished >= ? AND finished - duration_ms >= ? GROUP BY key_name""";

    private LedgerTable() {}

    static void insert(Connection connection, List<Entry> entries) throws SQLException {
        try (PreparedStatement row = connection.prepareStatement(INSERT)) {
            for (Entry entry : entries) {
                fill(row, entry);
                row.addBatch();
            }
            row.executeBatch();
        }
    }

    /** The tokens that each key used by requests that arrived since then. */
    static Map<String, Long> tokensSince(Connection connection, Instant since) throws SQLException {
        var tokens = new HashMap<String, Long>();
        try (PreparedStatement query = connection.prepareStatement(TOKENS_SINCE)) {
            query.setLong(1, since.toEpochMilli());
            query.setLong(2, since.toEpochMilli());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    tokens.put(rows.getString(1), rows.getLong(2));
                }
            }
        }
        return tokens;
    }

    private static void fill(PreparedStatement row, Entry entry) throws SQLException {
        row.setString(1, entry.id().value());
        row.setString(2, entry.key());
        row.setString(3, entry.model().canonical());
        row.setString(4, entry.agent().map(agent -> agent.value()).orElse(null));
        row.setLong(5, entry.usage().promptTokens());
        row.setLong(6, entry.usage().answerTokens());
        row.setBoolean(7, entry.usage().exact());
        setMillis(row, 8, entry.queued());
        setMillis(row, 9, entry.load());
        setMillis(row, 10, entry.firstLine());
        row.setLong(11, entry.duration().toMillis());
        row.setString(12, entry.end());
        row.setLong(13, entry.finished().toEpochMilli());
    }

    private static void setMillis(PreparedStatement row, int at, Optional<Duration> time) throws SQLException {
        if (time.isPresent()) {
            row.setLong(at, time.get().toMillis());
        } else {
            row.setNull(at, Types.BIGINT);
        }
    }
}
