package org.ollamaorchestrator.gateway.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Locale;
import org.ollamaorchestrator.gateway.security.Audit;

/** The table {@code audit_events}: rows are added, and nothing else. */
final class AuditTable {

    private static final String INSERT =
            "INSERT INTO audit_events (id, at, event, actor, subject) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

    private AuditTable() {}

    /** As it stands in the table. */
    static String name(Audit.Event event) {
        return event.name().toLowerCase(Locale.ROOT);
    }

    static void insert(Connection connection, AuditEvent event) throws SQLException {
        try (PreparedStatement row = connection.prepareStatement(INSERT)) {
            row.setString(1, event.id());
            row.setLong(2, event.at().toEpochMilli());
            row.setString(3, name(event.event()));
            row.setString(4, event.actor());
            row.setString(5, event.subject());
            row.executeUpdate();
        }
    }
}
