package org.ollamaorchestrator.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** The requests that were seen, and those who wait to see one. Owned by the event loop. */
final class Journal {
    private final int max;
    private final Deque<Exchange> seen = new ArrayDeque<>();
    private final List<Watch> watches = new ArrayList<>();
    private long lastSequence;

    private record Watch(Predicate<Observed> wanted, CompletableFuture<Observed> found) {
        void look(Exchange exchange) {
            try {
                Observed now = exchange.snapshot();
                if (wanted.test(now)) {
                    found.complete(now);
                }
            } catch (RuntimeException | AssertionError thrownByPredicate) {
                found.completeExceptionally(thrownByPredicate);
            }
        }
    }

    Journal(int max) {
        this.max = max;
    }

    void add(Exchange exchange) {
        exchange.numbered(++lastSequence);
        seen.add(exchange);
        forgetOldest();
        changed(exchange);
    }

    void changed(Exchange exchange) {
        if (watches.isEmpty()) {
            return;
        }
        // A watcher's own continuation may add a watch, so the list is not walked while it is told.
        List.copyOf(watches).forEach(watch -> watch.look(exchange));
        watches.removeIf(watch -> watch.found().isDone());
    }

    CompletableFuture<Observed> await(Predicate<Observed> wanted) {
        Watch watch = new Watch(wanted, new CompletableFuture<>());
        for (Exchange exchange : seen) {
            watch.look(exchange);
            if (watch.found().isDone()) {
                return watch.found();
            }
        }
        watches.add(watch);
        return watch.found();
    }

    void giveUp(CompletableFuture<Observed> found) {
        found.cancel(false);
        watches.removeIf(watch -> watch.found().isDone());
    }

    List<Observed> snapshot() {
        return seen.stream().map(Exchange::snapshot).toList();
    }

    List<Exchange> running() {
        return seen.stream().filter(exchange -> !exchange.ended()).toList();
    }

    /** Forgets what has ended; what still runs stays, so that its end can be awaited. */
    void forget() {
        seen.removeIf(Exchange::ended);
    }

    private void forgetOldest() {
        Iterator<Exchange> oldestFirst = seen.iterator();
        while (seen.size() > max && oldestFirst.hasNext()) {
            // What runs stays, so that its end can be awaited; there are no more of those than connections.
            if (oldestFirst.next().ended()) {
                oldestFirst.remove();
            }
        }
    }
}
