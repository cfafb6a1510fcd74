package org.ollamaorchestrator.gateway.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Rows on their way to the disk: whoever has one goes on at once, and a virtual thread writes all that have come, every
 * second. Rows that cannot be written are tried again; beyond the bound a row is dropped, counted, and told in the log.
 */
final class Batches<T> {

    private static final Logger LOG = Logger.getLogger(Batches.class);

    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration LAST_WITHIN = Duration.ofSeconds(2);

    /** In one transaction. */
    private static final int BATCH_MAX = 1000;

    private final String what;
    private final BlockingQueue<T> waiting;
    private final Consumer<List<T>> write;
    private final LongAdder dropped = new LongAdder();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread writer;

    private long droppedTold;

    /**
     * @param what the rows are, for the log
     * @param write in one transaction, and so that a row that comes twice is there once
     */
    Batches(String what, int max, Consumer<List<T>> write) {
        this.what = what;
        this.waiting = new ArrayBlockingQueue<>(max);
        this.write = write;
        this.writer = Thread.ofVirtual().name("writes " + what).unstarted(this::run);
    }

    void start() {
        writer.start();
    }

    /** From any thread; never waits for the disk. */
    void add(T row) {
        if (!waiting.offer(row)) {
            dropped.increment();
        }
    }

    long dropped() {
        return dropped.sum();
    }

    /** Writes what has come so far, and no more after that. */
    void stop() {
        stopped.countDown();
        try {
            var _ = writer.join(LAST_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<T> batch = List.of();
        boolean last = false;
        while (!last) {
            last = waited();
            do {
                if (batch.isEmpty()) {
                    batch = next();
                }
                if (!written(batch)) {
                    break;
                }
                batch = List.of();
            } while (!waiting.isEmpty());
            tellDropped();
        }
    }

    /** @return whether it is for the last time */
    private boolean waited() {
        try {
            return stopped.await(EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private List<T> next() {
        var batch = new ArrayList<T>();
        waiting.drainTo(batch, BATCH_MAX);
        return batch;
    }

    private boolean written(List<T> batch) {
        if (batch.isEmpty()) {
            return true;
        }
        try {
            write.accept(batch);
            return true;
        } catch (Database.Failed e) {
            LOG.warnf("%d rows of the %s are not written yet: %s", batch.size(), what, e.getMessage());
            return false;
        }
    }

    private void tellDropped() {
        long all = dropped.sum();
        if (all > droppedTold) {
            LOG.warnf(
                    "%d rows of the %s are lost: they came faster than they could be written", all - droppedTold, what);
            droppedTold = all;
        }
    }
}
