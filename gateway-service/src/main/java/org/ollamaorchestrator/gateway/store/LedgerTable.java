package org.ollamaorchestrator.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
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

    /** Nobody reads more at once; a longer answer is cut, and says so. */
    static final int ROWS_MAX = 10_000;

    private LedgerTable() {}

    static UsageReport sums(Connection connection, UsageReport.Query query) throws SQLException {
        String column = switch (query.by()) {
            case KEY -> "key_name";
            case MODEL -> "model";
            case AGENT -> "agent";
        };
        String mine = query.key().isPresent() ? "AND key_name = ?" : "";
        // What it is summed up by is a column's name, of ours and of a closed set.
        String sql = """
                SELECT finished / ? AS step, %1$s, COUNT(*), SUM(CASE WHEN ended = 'done' THEN 0 ELSE 1 END),
                    SUM(prompt_tokens), SUM(answer_tokens), AVG(first_line_ms), SUM(duration_ms)
                FROM usage_ledger WHERE finished >= ? AND finished < ? %2$s
                GROUP BY step, %1$s ORDER BY step, %1$s LIMIT ?""".formatted(column, mine);
        try (PreparedStatement sums = connection.prepareStatement(sql)) {
            long step = query.step().toMillis();
            sums.setLong(1, step);
            sums.setLong(2, query.from().toEpochMilli());
            sums.setLong(3, query.to().toEpochMilli());
            int next = 4;
            if (query.key().isPresent()) {
                sums.setString(next++, query.key().get());
            }
            sums.setInt(next, ROWS_MAX + 1);
            var rows = new ArrayList<UsageReport.Row>();
            try (ResultSet found = sums.executeQuery()) {
                while (found.next() && rows.size() <= ROWS_MAX) {
                    rows.add(row(found, step));
                }
            }
            boolean cut = rows.size() > ROWS_MAX;
            return new UsageReport(cut ? rows.subList(0, ROWS_MAX) : rows, cut);
        }
    }

    private static UsageReport.Row row(ResultSet found, long step) throws SQLException {
        double firstLine = found.getDouble(7);
        boolean none = found.wasNull();
        return new UsageReport.Row(
                Instant.ofEpochMilli(found.getLong(1) * step),
                Optional.ofNullable(found.getString(2)),
                found.getLong(3),
                found.getLong(4),
                found.getLong(5),
                found.getLong(6),
                none ? Optional.empty() : Optional.of(Duration.ofMillis(Math.round(firstLine))),
                Duration.ofMillis(found.getLong(8)));
    }

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
