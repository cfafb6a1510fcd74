package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;

/** The requests that have no end yet: which of them wait, for how long they may, and the one end of each. */
final class Requests {

    private static final Duration RETRY_AFTER_MAX = Duration.ofSeconds(60);

    private final Step step;
    private final SchedulingPolicy policy;
    private final Alarms alarms;
    private final Estimates estimates;
    private final Fleet fleet;
    private final FairQueue queue;
    private final Map<RequestId, Request> requests = new LinkedHashMap<>();
    private long arrivals;

    Requests(Step step, SchedulingPolicy policy, Alarms alarms, Estimates estimates, Fleet fleet, FairQueue queue) {
        this.step = step;
        this.policy = policy;
        this.alarms = alarms;
        this.estimates = estimates;
        this.fleet = fleet;
        this.queue = queue;
    }

    Request arrived(CoreEvent.RequestArrived event) {
        var request = new Request(event.request(), event.needs(), step.now(), ++arrivals, policy.waitMax());
        requests.put(request.id(), request);
        request.deadlineAt().ifPresent(at -> request.deadline = alarms.set(at, new Alarms.DeadlineOver(request.id())));
        return request;
    }

    Optional<Request> find(RequestId id) {
        return Optional.ofNullable(requests.get(id));
    }

    /** For what names a request that must be there, if our books are right. */
    Request get(RequestId id) {
        return find(id).orElseThrow(() -> new IllegalStateException("the core has lost request " + id));
    }

    int size() {
        return requests.size();
    }

    int waiting() {
        return queue.size();
    }

    /** Its place in the queue is that of its arrival, however often it comes back. */
    void waits(Request request) {
        request.waits();
        queue.add(request);
        request.waitOver = alarms.set(request.waitUntil(), new Alarms.WaitOver(request.id()));
    }

    /** It waits on, and is not held up for its model any more. */
    void goesUnloaded(Request request) {
        queue.remove(request);
        request.goesUnloaded();
        queue.add(request);
    }

    void waitsNoMore(Request request) {
        queue.remove(request);
        alarms.stop(request.waitOver);
        request.waitsNoMore();
    }

    void waitsLonger(Request request, Duration time) {
        request.waitOver = alarms.set(step.now().plus(time), new Alarms.WaitOver(request.id()));
    }

    void end(Request request, JobFailure failure) {
        end(request, new JobEnd.Failed(failure));
    }

    void end(Request request, JobEnd end) {
        if (request.isWaiting()) {
            waitsNoMore(request);
        }
        alarms.stop(request.deadline);
        requests.remove(request.id());
        step.effect(new Effect.EndRequest(request.id(), end));
    }

    /** One more than may wait is told so at once. */
    void endIfTooMany(Request request) {
        Share share = request.needs().share();
        boolean keysOwn = queue.waiting(share.key()) > share.waitingMax();
        if (keysOwn || queue.size() > policy.waitingMax() || queue.bytes() > policy.waitingBytesMax()) {
            end(request, new JobFailure.QueueFull(keysOwn, expectedWait(request.model(), queue.size())));
        }
    }

    List<Request> allWaiting() {
        return requests.values().stream().filter(Request::isWaiting).toList();
    }

    /** Requests are kept in the order of their arrival, so only those that run are looked at before the oldest that waits. */
    Duration longestWait(Instant now) {
        return waiting() == 0
                ? Duration.ZERO
                : requests.values().stream()
                        .filter(Request::isWaiting)
                        .findFirst()
                        .map(oldest -> oldest.waited(now))
                        .orElse(Duration.ZERO);
    }

    /** How long a request will probably wait that has this place in the queue; whole seconds, for {@code Retry-After}. */
    Duration expectedWait(ModelName model, int place) {
        return expectedWait(estimates.job(model), place, fleet.slots(model));
    }

    private static Duration expectedWait(Duration job, int place, int slots) {
        long jobNanos = Math.min(job.toNanos(), Long.MAX_VALUE / Math.max(1, place));
        Duration wait = Duration.ofNanos(jobNanos * place / Math.max(1, slots));
        Duration rounded = Duration.ofSeconds(Math.max(1, wait.plusMillis(999).toSeconds()));
        return rounded.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : rounded;
    }

    /** Who waits, in the order in which they would be served. */
    List<QueueView.Waiting> inOrder(Instant at) {
        record Pace(Duration job, int slots) {}
        var paces = new HashMap<ModelName, Pace>();
        var waiting = new ArrayList<QueueView.Waiting>(queue.size());
        for (Request request : queue.inOrder(at)) {
            int place = waiting.size() + 1;
            Pace pace =
                    paces.computeIfAbsent(request.model(), model -> new Pace(estimates.job(model), fleet.slots(model)));
            waiting.add(new QueueView.Waiting(
                    request.id(),
                    request.model(),
                    request.needs().share(),
                    place,
                    request.waited(at),
                    expectedWait(pace.job(), place, pace.slots())));
        }
        return waiting;
    }
}
