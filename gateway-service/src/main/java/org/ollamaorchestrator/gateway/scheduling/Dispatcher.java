package org.ollamaorchestrator.gateway.scheduling;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
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
        var passedOver = new HashSet<Kind>();
        for (Optional<Request> next = queue.next(step.now(), passedOver);
                next.isPresent();
                next = queue.next(step.now(), passedOver)) {
            Request request = next.get();
            boolean overtakenEnough = request.waited(step.now()).compareTo(policy.overtakeMax()) >= 0;
            switch (placement.choose(
                    fleet.agents(), keptFree, request, queue.waiting(request.model()), jobs::untilReady, step.now())) {
                case Placement.On on -> start(request, on.agent());
                case Placement.LoadOn load -> {
                    if (mayLoad && (loadForAll || overtakenEnough)) {
                        jobs.load(request, load.agent());
                    } else {
                        passedOver.add(request.kind());
                    }
                }
                case Placement.OnceEmpty empty -> {
                    if (overtakenEnough) {
                        keptFree.add(empty.agent());
                    }
                    passedOver.add(request.kind());
                }
                case Placement.Wait wait -> passedOver.add(request.kind());
                case Placement.Nowhere nowhere -> requests.end(request, nowhere.why());
            }
        }
    }

    /** A slot that was taken to load a model goes to one that waits for it, so that no other drives it out unused. */
    void serveFirst(ModelName model, AgentState agent) {
        var others = new HashSet<Kind>();
        for (Optional<Request> next = queue.next(step.now(), others);
                next.isPresent();
                next = queue.next(step.now(), others)) {
            if (next.get().model().equals(model) && placement.fitsNow(agent, next.get(), step.now())) {
                start(next.get(), agent);
                return;
            }
            others.add(next.get().kind());
        }
    }

    /** What takes no slot waits for nothing. */
    void startWithoutSlot(Request request) {
        switch (placement.withoutSlot(fleet.agents(), request)) {
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
                && fleet.agents().stream()
                        .filter(agent -> agent != without)
                        .anyMatch(agent -> placement.mayTake(agent, request));
    }

    private void start(Request request, AgentState agent) {
        jobs.start(request, agent);
        requests.waitsNoMore(request);
    }
}
