package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.ollamaorchestrator.gateway.jobs.Ledger;

/** Writes down what each request was and took. A gateway that is killed loses the last second of it, and no more. */
@Singleton
public class UsageLedger implements Ledger {

    /** Some seconds of the most that a gateway can serve, should the disk be slow. */
    private static final int WAITING_MAX = 10_000;

    private final Database database;
    private final Batches<Entry> rows;

    UsageLedger(Database database) {
        this.database = database;
        this.rows = new Batches<>(
                "usage", WAITING_MAX, batch -> database.change(connection -> LedgerTable.insert(connection, batch)));
    }

    void start(@Observes StartupEvent event) {
        if (database.isKept()) {
            rows.start();
        }
    }

    /** After the drain, which comes first. */
    void stop(@Observes ShutdownEvent event) {
        if (database.isKept()) {
            rows.stop();
        }
    }

    /** Rows that came faster than they could be written. */
    public long dropped() {
        return rows.dropped();
    }

    @Override
    public void ended(Entry entry) {
        if (database.isKept()) {
            rows.add(entry);
        }
    }
}
