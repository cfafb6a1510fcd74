package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.ollamaorchestrator.gateway.security.Audit;

/**
 * Writes down who was refused, and what administrators did. Whoever tries all day must not fill the owner's disk: beyond a number a minute the rest is
 * counted in one row.
 */
@Singleton
public class AuditTrail implements Audit {

    private static final int WAITING_MAX = 1000;
    private static final int A_MINUTE = 60;
    private static final int TEXT_MAX = 256;

    private final Database database;
    private final Batches<AuditEvent> rows;

    private Instant minute = Instant.EPOCH;
    private int thisMinute;

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
            counted().ifPresent(rows::add);
            rows.stop();
        }
    }

    @Override
    public void refused(Event event, String actor, String subject) {
        if (!database.isKept()) {
            return;
        }
        Instant now = Instant.now();
        boolean fits;
        Optional<AuditEvent> more = Optional.empty();
        synchronized (this) {
            Instant current = now.truncatedTo(ChronoUnit.MINUTES);
            if (!current.equals(minute)) {
                more = counted();
                minute = current;
                thisMinute = 0;
            }
            thisMinute++;
            fits = thisMinute <= A_MINUTE;
        }
        more.ifPresent(rows::add);
        if (fits) {
            rows.add(AuditEvent.of(event, bounded(actor), bounded(subject), now));
        }
    }

    @Override
    public void done(Event event, String actor, String subject) {
        if (database.isKept()) {
            rows.add(AuditEvent.of(event, bounded(actor), bounded(subject), Instant.now()));
        }
    }

    /** What the minute had beyond its number. */
    private synchronized Optional<AuditEvent> counted() {
        return thisMinute <= A_MINUTE
                ? Optional.empty()
                : Optional.of(
                        AuditEvent.of(Event.MORE_REFUSED, "anybody", String.valueOf(thisMinute - A_MINUTE), minute));
    }

    private static String bounded(String text) {
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
    }
}
