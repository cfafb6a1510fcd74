package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import org.ollamaorchestrator.gateway.security.Audit;

/**
 * Writes down who was refused, and what administrators did. Whoever tries all day must not fill the owner's disk: beyond a
 * number a minute the rest of a refusal's kind is counted in one row.
 */
@Singleton
public class AuditTrail implements Audit {

    private static final int WAITING_MAX = 1000;
    private static final int A_MINUTE = 60;
    private static final int TEXT_MAX = 256;

    private final Database database;
    private final Batches<AuditEvent> rows;

    private final RefusalCounts counts = new RefusalCounts(A_MINUTE);

    AuditTrail(Database database) {
        this.database = database;
        this.rows = new Batches<>(
                "audit",
                WAITING_MAX,
                batch -> database.change(connection -> {
                    for (AuditEvent event : batch) {
                        AuditTable.insert(connection, event);
                    }
                }));
    }

    void start(@Observes StartupEvent event) {
        if (database.isKept()) {
            rows.start();
        }
    }

    void stop(@Observes ShutdownEvent event) {
        if (database.isKept()) {
            counted().forEach(rows::add);
            rows.stop();
        }
    }

    /** Rows that came faster than they could be written. */
    public long dropped() {
        return rows.dropped();
    }

    @Override
    public void refused(Event event, String actor, String subject) {
        if (!database.isKept()) {
            return;
        }
        Instant now = Instant.now();
        RefusalCounts.Verdict verdict = count(event, now);
        verdict.before().forEach(rows::add);
        if (verdict.isWritten()) {
            rows.add(AuditEvent.of(event, bounded(actor), bounded(subject), now));
        }
    }

    private synchronized RefusalCounts.Verdict count(Event event, Instant now) {
        return counts.count(event, now);
    }

    private synchronized List<AuditEvent> counted() {
        return counts.counted();
    }

    @Override
    public void done(Event event, String actor, String subject) {
        if (database.isKept()) {
            rows.add(AuditEvent.of(event, bounded(actor), bounded(subject), Instant.now()));
        }
    }

    private static String bounded(String text) {
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
    }
}
