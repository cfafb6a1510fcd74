package org.ollamaorchestrator.gateway.scheduling;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.ollamaorchestrator.gateway.scheduling.Request.Kind;
import org.ollamaorchestrator.protocol.ModelName;

/** Gives the free slots to those that wait, in their turn, as placement advises. */
final class Dispatcher {

    private final Step step;
    private final SchedulingPolicy policy;
    private final Fleet fleet;
    private final FairQueue queue;
    private final Requests requests;
    private final Jobs jobs;
    private final Placement placement;

    Dispatcher(
            Step step,
            SchedulingPolicy policy,
            Fleet fleet,
            FairQueue queue,
            Requests requests,
            Jobs jobs,
            Placement placement) {
        this.step = step;
        this.policy = policy;
        this.fleet = fleet;
        this.queue = queue;
        this.requests = requests;
        this.jobs = jobs;
        this.placement = placement;
    }

    /** First to such as need no load, or may not be overtaken any more; what is left, also to loads. */
    void dispatch(boolean mayLoad) {
        if (queue.size() == 0) {
            return;
        }
        var keptFree = new HashSet<AgentState>();
        pass(keptFree, false, mayLoad);
        if (mayLoad) {
            pass(keptFree, true, true);
        }
    }

    private void pass(Set<AgentState> keptFree, boolean loadForAll, boolean mayLoad) {
        Set<Kind> open = queue.kinds().stream().filter(this::isOpen).collect(Collectors.toCollection(HashSet::new));
        for (Optional<Request> next = queue.next(step.now(), open);
                next.isPresent();
                next = queue.next(step.now(), open)) {
            Request request = next.get();
            boolean overtakenEnough = request.waited(step.now()).compareTo(policy.overtakeMax()) >= 0;
            boolean loadWouldDo = loadForAll || overtakenEnough;
            switch (loadWouldDo ? choice(request, keptFree) : choiceWithoutLoad(request, keptFree)) {
                case Placement.On on -> {
                    start(request, on.agent());
                    open.removeIf(kind -> !isOpen(kind));
                }
                case Placement.LoadOn load -> {
                    if (mayLoad) {
                        jobs.load(request, load.agent());
                        open.removeIf(kind -> !isOpen(kind));
                    } else {
                        open.remove(request.kind());
                    }
                }
                case Placement.OnceEmpty empty -> {
                    if (overtakenEnough) {
                        keptFree.add(empty.agent());
                    }
                    open.remove(request.kind());
                }
                case Placement.Wait wait -> open.remove(request.kind());
                case Placement.Nowhere nowhere -> requests.end(request, nowhere.why());
            }
        }
    }

    /** All other kinds can only wait on: most of them, as long as there are more requests than slots. */
    private boolean isOpen(Kind kind) {
        return placement.mayDoMoreThanWait(fleet, kind, step.now());
    }

    private Placement.Choice choice(Request request, Set<AgentState> keptFree) {
        return placement.choose(fleet, keptFree, request, queue.waiting(request.model()), jobs::untilReady, step.now());
    }

    private Placement.Choice choiceWithoutLoad(Request request, Set<AgentState> keptFree) {
        return placement.atOnce(fleet, keptFree, request, step.now()).orElseGet(Placement.Wait::new);
    }

    /** A slot that was taken to load a model goes to one that waits for it, so that no other drives it out unused. */
    void serveFirst(ModelName model, AgentState agent) {
        List<Kind> fitting = queue.kinds().stream()
                .filter(kind -> kind.model().equals(model) && placement.fitsNow(agent, kind, step.now()))
                .toList();
        queue.next(step.now(), fitting).ifPresent(request -> start(request, agent));
    }

    /** What takes no slot waits for nothing. */
    void startWithoutSlot(Request request) {
        switch (placement.withoutSlot(fleet, request)) {
            case Placement.On on -> jobs.start(request, on.agent());
            case Placement.Nowhere nowhere -> requests.end(request, nowhere.why());
            case Placement.LoadOn load -> throw new IllegalStateException("nothing is loaded without a slot");
            case Placement.OnceEmpty empty -> throw new IllegalStateException("nothing waits without a slot");
            case Placement.Wait wait -> throw new IllegalStateException("nothing waits without a slot");
        }
    }

    /** Whether any other agent may take what this one has. */
    boolean othersCanTake(Request request, AgentState without) {
        return request.failures() < policy.replacementsMax()
                && fleet.offering(request.model()).usable().stream()
                        .anyMatch(agent -> agent != without && placement.mayTake(agent, request.kind()));
    }

    private void start(Request request, AgentState agent) {
        jobs.start(request, agent);
        requests.waitsNoMore(request);
    }
}
