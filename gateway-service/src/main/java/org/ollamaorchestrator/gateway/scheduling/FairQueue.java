package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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

    private record Line(String key, Priority priority) {

        static Line of(Share share) {
            return new Line(share.key(), share.priority());
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

    /** By their numbers, those of one key and priority and one kind: so only the kinds are looked at that matter. */
    private final Map<Kind, Map<Line, NavigableMap<Long, Request>>> kinds = new LinkedHashMap<>();

    private final Map<String, Account> accounts = new HashMap<>();

    /** Keys that neither wait nor run anything, and were given more than their turn. */
    private final Set<String> resting = new HashSet<>();

    private final Map<ModelName, Integer> waitingFor = new HashMap<>();

    /** The most that a key had been given when its turn came: where one begins that comes anew. */
    private double servedNow;

    private int size;
    private long bytes;

    void add(Request request) {
        Share share = request.needs().share();
        comesToWait(share);
        kinds.computeIfAbsent(request.kind(), kind -> new LinkedHashMap<>())
                .computeIfAbsent(Line.of(share), line -> new TreeMap<>())
                .put(request.number(), request);
        waitingFor.merge(request.model(), 1, Integer::sum);
        size++;
        bytes += request.needs().bytes();
    }

    /** To be called before anything of the request changes that its kind depends on. */
    void remove(Request request) {
        Share share = request.needs().share();
        Map<Line, NavigableMap<Long, Request>> lines = kinds.getOrDefault(request.kind(), Map.of());
        NavigableMap<Long, Request> line = lines.get(Line.of(share));
        if (line == null || line.remove(request.number()) == null) {
            throw new IllegalStateException("request " + request.id() + " does not wait");
        }
        if (line.isEmpty()) {
            lines.remove(Line.of(share));
        }
        if (lines.isEmpty()) {
            kinds.remove(request.kind());
        }
        waitingFor.computeIfPresent(request.model(), (model, count) -> count == 1 ? null : count - 1);
        size--;
        bytes -= request.needs().bytes();
        account(share).waiting--;
        restIfIdle(share);
        if (size == 0) {
            resting.forEach(accounts::remove);
            resting.clear();
        }
    }

    /** Of all that wait. */
    Set<Kind> kinds() {
        return Collections.unmodifiableSet(kinds.keySet());
    }

    /**
     * Whose turn it is among these kinds. First the priority is chosen, raised by its request that waited longest, and
     * then the key: a key with many old requests does not drive out those of others.
     */
    Optional<Request> next(Instant now, Collection<Kind> among) {
        var heads = new ArrayList<Request>();
        int[] ranks = new int[Priority.values().length];
        Arrays.fill(ranks, Integer.MAX_VALUE);
        int best = Integer.MAX_VALUE;
        for (Kind kind : among) {
            for (NavigableMap<Long, Request> line :
                    kinds.getOrDefault(kind, Map.of()).values()) {
                Request head = line.firstEntry().getValue();
                heads.add(head);
                int own = head.needs().share().priority().rank();
                ranks[own] = Math.min(ranks[own], rank(head, now));
                best = Math.min(best, ranks[own]);
            }
        }
        Request next = null;
        for (Request head : heads) {
            if (ranks[head.needs().share().priority().rank()] == best && (next == null || isBefore(head, next))) {
                next = head;
            }
        }
        return Optional.ofNullable(next);
    }

    private boolean isBefore(Request one, Request other) {
        double served = account(one.needs().share()).served;
        double othersServed = account(other.needs().share()).served;
        return served < othersServed || (served == othersServed && one.number() < other.number());
    }

    /** Books a slot for the key, for as long as it will probably be taken; before its request is removed. */
    void begin(Share share, Duration expected) {
        Account account = account(share);
        servedNow = Math.max(servedNow, account.served);
        account.running++;
        account.served += seconds(expected) / share.weight();
    }

    /** Corrects the booking by what it took. */
    void end(Share share, Duration expected, Duration took) {
        Account account = account(share);
        account.running--;
        account.served += (seconds(took) - seconds(expected)) / share.weight();
        restIfIdle(share);
    }

    int size() {
        return size;
    }

    int accounts() {
        return accounts.size();
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
        kinds.values().forEach(lines -> lines.values().forEach(line -> all.addAll(line.values())));
        all.sort(Comparator.comparingLong(Request::number));
        var before = new HashMap<Line, Integer>();
        var turns = new ArrayList<Turn>(size);
        for (Request request : all) {
            Share share = request.needs().share();
            int place = before.merge(Line.of(share), 1, Integer::sum);
            turns.add(new Turn(request, rank(request, now), account(share).served + (double) place / share.weight()));
        }
        turns.sort(Turn.ORDER);
        return turns.stream().map(Turn::request).toList();
    }

    /** When a request will be served, as far as can be said now. */
    private record Turn(Request request, int rank, double place) {

        /** Equal ones stay in the order of arrival. */
        static final Comparator<Turn> ORDER =
                Comparator.comparingInt(Turn::rank).thenComparingDouble(Turn::place);
    }

    private static int rank(Request request, Instant now) {
        long raised = request.waited(now).toSeconds() / RAISED_EVERY.toSeconds();
        return (int) Math.max(0, request.needs().share().priority().rank() - raised);
    }

    /** Whoever had nothing waiting gets no credit for that time. */
    private void comesToWait(Share share) {
        Account account = accounts.computeIfAbsent(share.key(), key -> new Account(servedNow));
        resting.remove(share.key());
        if (account.waiting == 0) {
            account.served = Math.max(account.served, servedNow);
        }
        account.waiting++;
    }

    /** Who took more than its turn still has, as long as others wait. */
    private void restIfIdle(Share share) {
        Account account = account(share);
        if (account.waiting == 0 && account.running == 0) {
            if (size == 0 || account.served <= servedNow) {
                accounts.remove(share.key());
            } else {
                resting.add(share.key());
            }
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
