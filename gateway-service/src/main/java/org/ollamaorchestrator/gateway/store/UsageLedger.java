package org.ollamaorchestrator.gateway.store;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.security.Allowances;

/** Writes down what each request was and took. A gateway that is killed loses the last second of it, and no more. */
@Singleton
public class UsageLedger implements Ledger {

    /** Some seconds of the most that a gateway can serve, should the disk be slow. */
    private static final int WAITING_MAX = 10_000;

    private final Database database;
    private final Allowances allowances;
    private final Batches<Entry> rows;

    /** As many as the database has connections for: who comes later waits for one. */
    private final ExecutorService readers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("reads the usage").factory());

    UsageLedger(Database database, Allowances allowances) {
        this.allowances = allowances;
        this.database = database;
        this.rows = new Batches<>(
                "usage", WAITING_MAX, batch -> database.change(connection -> LedgerTable.insert(connection, batch)));
    }

    void start(@Observes StartupEvent event) {
        if (database.isKept()) {
            restoreBudgets();
            rows.start();
        }
    }

    /** A day's budget is not forgotten with the process that counted it. */
    private void restoreBudgets() {
        LocalDate today = allowances.today();
        Instant since = today.atStartOfDay().toInstant(ZoneOffset.UTC);
        allowances.restore(today, database.read(connection -> LedgerTable.tokensSince(connection, since)));
    }

    /** After the drain, which comes first. */
    void stop(@Observes ShutdownEvent event) {
        readers.shutdown();
        if (database.isKept()) {
            rows.stop();
        }
    }

    /** Rows that came faster than they could be written. */
    public long dropped() {
        return rows.dropped();
    }

    /** Whether there is anything to report, since there is a place to keep it. */
    public boolean isKept() {
        return database.isKept();
    }

    /** What requests used; those of the last second or two may not be in it yet. */
    public Uni<UsageReport> report(UsageReport.Query query) {
        return Uni.createFrom()
                .item(() -> database.read(connection -> LedgerTable.sums(connection, query)))
                .runSubscriptionOn(readers);
    }

    @Override
    public void ended(Entry entry) {
        if (database.isKept()) {
            rows.add(entry);
        }
    }
}
