package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Request.Kind;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * Who waits, and who is next. Within a key in the order of arrival; between keys of one priority by weighted fair
 * queueing over slot time; a higher priority first, where each {@link #RAISED_EVERY} of waiting counts for one. A
 * request that comes back keeps its place.
 */
final class FairQueue {

    /** Waiting this long raises a request by one priority. */
    static final Duration RAISED_EVERY = Duration.ofSeconds(30);

    private record Line(String key, Priority priority) {}

    /** One key's waiting requests of one priority, by their kinds and numbers. */
    private static final class Waiting {
        private final Map<Kind, TreeMap<Long, Request>> byKind = new LinkedHashMap<>();

        @Nullable Request first(Set<Kind> without) {
            Request first = null;
            for (Map.Entry<Kind, TreeMap<Long, Request>> each : byKind.entrySet()) {
                Request head = each.getValue().firstEntry().getValue();
                if ((first == null || head.number() < first.number()) && !without.contains(each.getKey())) {
                    first = head;
                }
            }
            return first;
        }
    }

    /** A key's account: what it was given, in seconds of a slot by its weight. */
    private static final class Account {
        private double served;
        private int waiting;
        private int running;

        Account(double served) {
            this.served = served;
        }
    }

    private final Map<Line, Waiting> lines = new LinkedHashMap<>();
    private final Map<String, Account> accounts = new HashMap<>();
    private final Map<ModelName, Integer> waitingFor = new HashMap<>();

    /** What the key that was served last had been given: where one begins that comes anew. */
    private double servedNow;

    private int size;
    private long bytes;

    void add(Request request) {
        Share share = request.needs().share();
        accountOf(share).waiting++;
        lines.computeIfAbsent(new Line(share.key(), share.priority()), line -> new Waiting())
                .byKind
                .computeIfAbsent(request.kind(), kind -> new TreeMap<>())
                .put(request.number(), request);
        waitingFor.merge(request.model(), 1, Integer::sum);
        size++;
        bytes += request.needs().bytes();
    }

    /** To be called before anything of the request changes that its kind depends on. */
    void remove(Request request) {
        Share share = request.needs().share();
        var line = new Line(share.key(), share.priority());
        Waiting waiting = lines.get(line);
        TreeMap<Long, Request> same = waiting == null ? null : waiting.byKind.get(request.kind());
        if (waiting == null || same == null || same.remove(request.number()) == null) {
            throw new IllegalStateException("request " + request.id() + " does not wait");
        }
        if (same.isEmpty()) {
            waiting.byKind.remove(request.kind());
        }
        if (waiting.byKind.isEmpty()) {
            lines.remove(line);
        }
        account(share).waiting--;
        forgetIfIdle(share);
        waitingFor.computeIfPresent(request.model(), (model, count) -> count == 1 ? null : count - 1);
        size--;
        bytes -= request.needs().bytes();
    }

    /** Whose turn it is, without the kinds that have to wait on. */
    Optional<Request> next(Instant now, Set<Kind> without) {
        Request best = null;
        int bestRank = 0;
        double bestServed = 0;
        for (Waiting waiting : lines.values()) {
            Request first = waiting.first(without);
            if (first != null) {
                int rank = rank(first, now);
                double served = account(first.needs().share()).served;
                boolean better = best == null
                        || rank < bestRank
                        || (rank == bestRank
                                && (served < bestServed || (served == bestServed && first.number() < best.number())));
                if (better) {
                    best = first;
                    bestRank = rank;
                    bestServed = served;
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /** Books a slot for the key, for as long as it will probably be taken; before its request is removed. */
    void begin(Share share, Duration expected) {
        Account account = accountOf(share);
        servedNow = Math.max(servedNow, account.served);
        account.running++;
        account.served += seconds(expected) / share.weight();
    }

    /** Corrects the booking by what it took. */
    void end(Share share, Duration expected, Duration took) {
        Account account = account(share);
        account.running--;
        account.served += (seconds(took) - seconds(expected)) / share.weight();
        forgetIfIdle(share);
    }

    int size() {
        return size;
    }

    long bytes() {
        return bytes;
    }

    int waiting(ModelName model) {
        return waitingFor.getOrDefault(model, 0);
    }

    int waiting(String key) {
        Account account = accounts.get(key);
        return account == null ? 0 : account.waiting;
    }

    /** All that wait, in the order in which they would be served if nothing else came: for people. */
    List<Request> inOrder(Instant now) {
        var all = new ArrayList<Request>(size);
        lines.values().forEach(waiting -> waiting.byKind.values().forEach(same -> all.addAll(same.values())));
        var turn = new HashMap<Line, Integer>();
        var places = new HashMap<RequestId, Double>();
        all.sort(Comparator.comparingLong(Request::number));
        for (Request request : all) {
            Share share = request.needs().share();
            int before = turn.merge(new Line(share.key(), share.priority()), 1, Integer::sum);
            places.put(request.id(), account(share).served + (double) before / share.weight());
        }
        all.sort(Comparator.<Request>comparingInt(request -> rank(request, now))
                .thenComparingDouble(request -> places.getOrDefault(request.id(), 0.0))
                .thenComparingLong(Request::number));
        return all;
    }

    private static int rank(Request request, Instant now) {
        long raised = request.waited(now).dividedBy(RAISED_EVERY);
        return (int) Math.max(0, request.needs().share().priority().rank() - raised);
    }

    private Account accountOf(Share share) {
        return accounts.computeIfAbsent(share.key(), key -> new Account(servedNow));
    }

    /** One that waits and runs nothing begins anew when it comes back, without credit or debt. */
    private void forgetIfIdle(Share share) {
        Account account = account(share);
        if (account.waiting == 0 && account.running == 0) {
            accounts.remove(share.key());
        }
    }

    private Account account(Share share) {
        Account account = accounts.get(share.key());
        if (account == null) {
            throw new IllegalStateException("there is no account of key " + share.key());
        }
        return account;
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
