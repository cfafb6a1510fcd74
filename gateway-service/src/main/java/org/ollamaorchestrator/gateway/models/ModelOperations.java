package org.ollamaorchestrator.gateway.models;

import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.DirectJobs;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.models.PartEvent.Begun;
import org.ollamaorchestrator.gateway.models.PartEvent.CancelAsked;
import org.ollamaorchestrator.gateway.models.PartEvent.TimePassed;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetObserver;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.security.Audit;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The operations on models that run, and the last ones that have ended. They go on whether somebody watches or not; each
 * agent works on one at a time, and the others wait. All state belongs to one event loop; what others read is a copy.
 */
@ApplicationScoped
public class ModelOperations implements FleetObserver {

    private static final Logger LOG = Logger.getLogger(ModelOperations.class);

    /** Of those that have ended; the oldest is forgotten first. */
    private static final int RECENT_MAX = 50;

    /** Beyond that a new one is refused: nobody means so many. */
    private static final int UNDER_WAY_MAX = 200;

    /** While anything waits: whether an agent is back, or may be asked again. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** Progress that comes more often is told together; a change of state is told at once. */
    private static final Duration TELL_EVERY = Duration.ofMillis(100);

    /** An agent looks at its Ollama at once after each change. One that hides the model never reports it. */
    private static final Duration REPORTED_WITHIN = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Context loop;
    private final CoreLoop core;
    private final DirectJobs jobs;
    private final Audit audit;
    private final InstantSource clock = InstantSource.system();

    // Of the loop.
    private final Map<OperationId, ModelOperation> operations = new LinkedHashMap<>();
    private final Map<AgentId, Asked> busy = new HashMap<>();
    private final Map<AgentId, OperationId> unreported = new HashMap<>();
    private final Map<OperationId, Set<MultiEmitter<? super ModelOperation>>> watchers = new HashMap<>();
    private final Set<MultiEmitter<? super List<OperationView>>> listeners = new HashSet<>();
    private final Set<OperationId> untold = new HashSet<>();
    private FleetView fleet = new FleetView(List.of());
    private boolean lookPlanned;
    private boolean tellPlanned;
    private boolean stopped;

    private volatile List<ModelOperation> snapshot = List.of();

    /** What an agent was asked to do, and has not ended yet. */
    private record Asked(OperationId operation, JobId job) {}

    ModelOperations(Vertx vertx, CoreLoop core, DirectJobs jobs, Audit audit) {
        this.vertx = vertx;
        this.loop = ((VertxInternal) vertx).createEventLoopContext();
        this.core = core;
        this.jobs = jobs;
        this.audit = audit;
    }

    void stop(@Observes ShutdownEvent event) {
        loop.runOnContext(ignored -> stopped = true);
    }

    @Override
    public void fleetChanged(FleetView now) {
        loop.runOnContext(ignored -> {
            fleet = now;
            completeReported();
            dispatch();
        });
    }

    /**
     * Begins an operation, which goes on by itself.
     *
     * @param by who asked for it
     * @return the operation as it begins; fails with {@link JobFailedException} if there is no agent for it
     */
    public Uni<ModelOperation> start(ModelOrder order, AgentChoice choice, String by) {
        return core.view()
                .flatMap(view -> Uni.createFrom()
                        .emitter(emitter -> loop.runOnContext(ignored -> {
                            try {
                                fleet = view;
                                emitter.complete(begin(order, choice, by));
                            } catch (JobFailedException e) {
                                emitter.fail(e);
                            }
                        })));
    }

    /** All that are known, the newest first. */
    public List<OperationView> views() {
        return views(snapshot);
    }

    /** All that are known, as they are, the newest first. */
    List<ModelOperation> all() {
        return snapshot.reversed();
    }

    public Optional<OperationView> view(OperationId id) {
        return snapshot.stream()
                .filter(operation -> operation.id().equals(id))
                .findFirst()
                .map(OperationView::of);
    }

    /**
     * Ends what is left of an operation: what runs, ends at its Ollama; what waits, never begins. One that is over stays as
     * it is.
     *
     * @return whether there is such an operation
     */
    public boolean cancel(OperationId id, String by) {
        boolean known = snapshot.stream().anyMatch(operation -> operation.id().equals(id));
        loop.runOnContext(ignored -> cancelNow(id, by));
        return known;
    }

    /** One operation from now to its end; moments between may be left out. Nothing if it is not known. */
    public Multi<ModelOperation> watch(OperationId id) {
        return Multi.createFrom()
                .emitter(emitter -> loop.runOnContext(ignored -> watch(id, emitter)), BackPressureStrategy.LATEST);
    }

    /** All operations that are known, now and whenever something changed; moments between may be left out. */
    public Multi<List<OperationView>> changes() {
        return Multi.createFrom()
                .emitter(
                        emitter -> loop.runOnContext(ignored -> {
                            listeners.add(emitter);
                            emitter.onTermination(() -> loop.runOnContext(gone -> listeners.remove(emitter)));
                            emitter.emit(views());
                        }),
                        BackPressureStrategy.LATEST);
    }

    private static List<OperationView> views(List<ModelOperation> operations) {
        return operations.reversed().stream().map(OperationView::of).toList();
    }

    // --- On the loop ---

    private void watch(OperationId id, MultiEmitter<? super ModelOperation> emitter) {
        ModelOperation operation = operations.get(id);
        if (operation == null) {
            emitter.complete();
            return;
        }
        emitter.emit(operation);
        if (operation.isOver()) {
            emitter.complete();
            return;
        }
        watchers.computeIfAbsent(id, first -> new HashSet<>()).add(emitter);
        emitter.onTermination(() -> loop.runOnContext(
                gone -> watchers.getOrDefault(id, new HashSet<>()).remove(emitter)));
    }

    private ModelOperation begin(ModelOrder order, AgentChoice choice, String by) {
        if (stopped) {
            throw new JobFailedException(new JobFailure.GatewayDraining());
        }
        if (operations.values().stream().filter(each -> !each.isOver()).count() >= UNDER_WAY_MAX) {
            throw new JobFailedException(new JobFailure.QueueFull(false, LOOK_EVERY));
        }
        List<Part> parts = choice.among(fleet, order).stream()
                .map(agent -> Part.of(agent.id(), agent.name()))
                .toList();
        var id = new OperationId(UUID.randomUUID().toString().replace("-", ""));
        var operation = new ModelOperation(id, order, by, clock.instant(), Optional.empty(), parts);
        operations.put(id, operation);
        forgetOldest();
        LOG.infof("operation %s: %s of %s on %d agents", id, order.action().wireName(), order.model(), parts.size());
        audit.done(Audit.Event.MODELS_CHANGE_ASKED, by, subject(operation));
        tellSoon(id, true);
        dispatch();
        return Objects.requireNonNull(operations.get(id));
    }

    private void forgetOldest() {
        List<OperationId> over = operations.values().stream()
                .filter(ModelOperation::isOver)
                .map(ModelOperation::id)
                .toList();
        over.stream().limit(Math.max(0, over.size() - RECENT_MAX)).forEach(operations::remove);
    }

    private static String subject(ModelOperation operation) {
        return "%s %s on %s"
                .formatted(
                        operation.order().action().wireName(),
                        operation.order().model(),
                        String.join(
                                ", ", operation.parts().stream().map(Part::name).toList()));
    }

    private void cancelNow(OperationId id, String by) {
        ModelOperation operation = operations.get(id);
        if (operation == null || operation.isOver()) {
            return;
        }
        LOG.infof("operation %s is cancelled by %s", id, by);
        busy.values().stream().filter(asked -> asked.operation().equals(id)).forEach(asked -> jobs.cancel(asked.job()));
        operation.parts().forEach(part -> happened(id, part.agent(), new CancelAsked()));
    }

    /** Asks every agent that is free for what is first in its line. */
    private void dispatch() {
        if (stopped) {
            return;
        }
        Instant now = clock.instant();
        boolean waiting = false;
        for (ModelOperation operation : List.copyOf(operations.values())) {
            for (Part part : operation.parts()) {
                if (part.state() instanceof PartState.Waiting state) {
                    waiting |= !beginIfPossible(operation, part, state, now);
                }
            }
        }
        if (waiting && !lookPlanned) {
            lookPlanned = true;
            vertx.setTimer(LOOK_EVERY.toMillis(), due -> core.view().subscribe().with(this::look));
        }
    }

    /** Not every reason for which an agent cannot be asked is a change of the fleet that is told. */
    private void look(FleetView now) {
        loop.runOnContext(ignored -> {
            lookPlanned = false;
            fleet = now;
            dispatch();
        });
    }

    private boolean beginIfPossible(ModelOperation operation, Part part, PartState.Waiting state, Instant now) {
        Optional<AgentProfile> agent = ready(part.agent());
        if (agent.isEmpty() || state.awayUntil().isPresent()) {
            happened(operation.id(), part.agent(), new TimePassed(agent.isPresent()));
        }
        if (agent.isEmpty() || busy.containsKey(part.agent()) || now.isBefore(state.notBefore())) {
            return false;
        }
        happened(operation.id(), part.agent(), new Begun());
        ModelOrder order = operation.order();
        JobId job = jobs.start(
                part.agent(),
                order.model(),
                order.action().operation(),
                order.bodyAt(agent.get()),
                new Answer(operation.id(), part.agent()));
        busy.put(part.agent(), new Asked(operation.id(), job));
        return true;
    }

    private Optional<AgentProfile> ready(AgentId id) {
        return fleet.agents().stream()
                .filter(agent -> agent.profile().id().equals(id) && AgentChoice.isReady(agent))
                .map(FleetView.Agent::profile)
                .findFirst();
    }

    /** Whoever hears that it is done may use the outcome at once: so it is not told before the fleet's catalog shows it. */
    private void complete(OperationId id, AgentId agent) {
        ModelOperation operation = operations.get(id);
        if (operation == null || isReported(operation.order(), agent)) {
            endPart(id, agent, new PartEvent.Completed());
            return;
        }
        unreported.put(agent, id);
        vertx.setTimer(
                REPORTED_WITHIN.toMillis(),
                late -> loop.runOnContext(ignored -> {
                    if (unreported.remove(agent, id)) {
                        endPart(id, agent, new PartEvent.Completed());
                    }
                }));
    }

    private void completeReported() {
        Map.copyOf(unreported).forEach((agent, id) -> {
            ModelOperation operation = operations.get(id);
            if (operation == null || isReported(operation.order(), agent)) {
                unreported.remove(agent);
                endPart(id, agent, new PartEvent.Completed());
            }
        });
    }

    private boolean isReported(ModelOrder order, AgentId id) {
        return fleet.agents().stream()
                .map(FleetView.Agent::profile)
                .filter(agent -> agent.id().equals(id))
                .findFirst()
                .map(order::isVisibleOn)
                .orElse(true);
    }

    private void endPart(OperationId id, AgentId agent, PartEvent end) {
        busy.remove(agent);
        happened(id, agent, end);
        dispatch();
    }

    private void happened(OperationId id, AgentId agent, PartEvent event) {
        ModelOperation before = operations.get(id);
        if (before == null) {
            return;
        }
        ModelOperation after = before.after(agent, event, clock.instant());
        if (after.equals(before)) {
            return;
        }
        operations.put(id, after);
        if (after.isOver() && !before.isOver()) {
            LOG.infof("operation %s ended: %s", id, after.state());
            audit.done(
                    Audit.Event.MODELS_CHANGE_ENDED,
                    after.by(),
                    subject(after) + ": " + after.state().name());
        }
        tellSoon(id, !statesOf(after).equals(statesOf(before)));
    }

    private static List<PartState> statesOf(ModelOperation operation) {
        return operation.parts().stream().map(Part::state).toList();
    }

    private void tellSoon(OperationId id, boolean atOnce) {
        untold.add(id);
        snapshot = List.copyOf(operations.values());
        if (atOnce) {
            tell();
        } else if (!tellPlanned) {
            tellPlanned = true;
            vertx.setTimer(
                    TELL_EVERY.toMillis(),
                    due -> loop.runOnContext(ignored -> {
                        tellPlanned = false;
                        tell();
                    }));
        }
    }

    private void tell() {
        if (untold.isEmpty()) {
            return;
        }
        for (OperationId id : untold) {
            ModelOperation operation = operations.get(id);
            if (operation != null) {
                Set<MultiEmitter<? super ModelOperation>> own = watchers.getOrDefault(id, Set.of());
                own.forEach(watcher -> watcher.emit(operation));
                if (operation.isOver()) {
                    watchers.remove(id);
                    own.forEach(MultiEmitter::complete);
                }
            }
        }
        untold.clear();
        if (!listeners.isEmpty()) {
            List<OperationView> views = views();
            listeners.forEach(listener -> listener.emit(views));
        }
    }

    /** What an agent answers, brought to the loop. */
    private final class Answer implements DirectJobs.Listener {

        private final OperationId operation;
        private final AgentId agent;

        Answer(OperationId operation, AgentId agent) {
            this.operation = operation;
            this.agent = agent;
        }

        @Override
        public void line(String line) {
            loop.runOnContext(ignored -> happened(operation, agent, new PartEvent.Told(line)));
        }

        @Override
        public void ended(JobEnd end) {
            loop.runOnContext(ignored -> {
                switch (end) {
                    case JobEnd.Completed completed -> complete(operation, agent);
                    case JobEnd.Failed(JobFailure failure) ->
                        endPart(operation, agent, new PartEvent.FailedBy(failure));
                }
            });
        }
    }
}
