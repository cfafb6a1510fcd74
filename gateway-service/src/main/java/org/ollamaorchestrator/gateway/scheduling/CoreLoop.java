package org.ollamaorchestrator.gateway.scheduling;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.agents.FleetListener;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The thin shell around the core: one event loop on which all its events are handled in their order, its effects run, and
 * its timer is kept. Everybody else sends events and never locks.
 */
@ApplicationScoped
public class CoreLoop implements FleetListener {

    private static final Logger LOG = Logger.getLogger(CoreLoop.class);

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final Context loop;
    private final Instance<RequestDesk> desk;
    private final Instance<FleetObserver> observers;
    private final InstantSource clock;
    private final Core core;
    private final StepObserver observer;

    private Optional<Instant> armedFor = Optional.empty();
    private long timer = NO_TIMER;

    /** Whether those who have to know of the fleet will be told soon. */
    private boolean fleetToTell;

    CoreLoop(
            Vertx vertx,
            Instance<RequestDesk> desk,
            Instance<FleetObserver> observers,
            GatewayConfig config,
            StepObserver observer) {
        this.observer = observer;
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.desk = desk;
        this.observers = observers;
        this.clock = InstantSource.system();
        this.core = new Core(policy(config));
    }

    /** From any thread; events told by one thread are handled in the order in which it told them. */
    public void tell(CoreEvent event) {
        loop.runOnContext(ignored -> handle(event));
    }

    public Uni<FleetView> view() {
        return Uni.createFrom().emitter(emitter -> loop.runOnContext(ignored -> emitter.complete(core.view())));
    }

    /** Who waits and how many run, at this moment. */
    public Uni<QueueView> queueView() {
        return Uni.createFrom()
                .emitter(emitter -> loop.runOnContext(ignored -> emitter.complete(core.queueView(clock.instant()))));
    }

    /** How many wait and run, and for how long. */
    public Uni<QueueFigures> queueFigures() {
        return Uni.createFrom()
                .emitter(emitter -> loop.runOnContext(ignored -> emitter.complete(core.queueFigures(clock.instant()))));
    }

    private static SchedulingPolicy policy(GatewayConfig config) {
        return new SchedulingPolicy(
                config.queue().max(),
                config.queue().bytesMax().asLongValue(),
                config.queue().waitMax(),
                config.queue().overtakeMax(),
                config.jobs().replacementsMax(),
                config.jobs().firstLineWithin(),
                config.jobs().loadWithin(),
                config.jobs().stalledMax(),
                config.agents().resumeWindow());
    }

    @Override
    public void joined(String connection, AgentProfile agent, Set<JobId> resuming) {
        tellOfFleet(new CoreEvent.AgentJoined(connection, agent, resuming));
    }

    @Override
    public void changed(AgentProfile agent) {
        tellOfFleet(new CoreEvent.AgentChanged(agent));
    }

    @Override
    public void reported(AgentProfile agent) {
        tell(new CoreEvent.AgentChanged(agent));
    }

    @Override
    public void dropped(String connection, AgentId agent) {
        tellOfFleet(new CoreEvent.AgentDropped(connection, agent));
    }

    @Override
    public void left(String connection, AgentId agent, Optional<String> broke) {
        tellOfFleet(new CoreEvent.AgentLeft(connection, agent, broke));
    }

    private void tellOfFleet(CoreEvent event) {
        loop.runOnContext(ignored -> {
            handle(event);
            if (!fleetToTell) {
                fleetToTell = true;
                loop.runOnContext(later -> tellFleet());
            }
        });
    }

    /** Once for all that happened before its turn: a view of many agents costs more than one agent's event. */
    private void tellFleet() {
        fleetToTell = false;
        FleetView fleet = core.view();
        observers.forEach(each -> each.fleetChanged(fleet));
    }

    private void handle(CoreEvent event) {
        List<Effect> effects = core.step(event, clock.instant());
        effects.forEach(this::run);
        armTimer();
        observer.stepped(event, effects);
    }

    /** One effect that fails must not keep the others from being done, nor end the loop. */
    private void run(Effect effect) {
        try {
            switch (effect) {
                case Effect.StartJob e -> desk.get().start(e.request(), e.job(), e.agent(), e.within());
                case Effect.StartLoad e -> desk.get().load(e.job(), e.agent(), e.sponsor());
                case Effect.ResumeJob e -> desk.get().resume(e.job(), e.agent());
                case Effect.CancelJob e -> desk.get().cancel(e.job(), e.agent());
                case Effect.EndRequest e -> desk.get().end(e.request(), e.end());
            }
        } catch (RuntimeException e) {
            LOG.errorf(e, "an effect of the core failed: %s", effect.getClass().getSimpleName());
        }
    }

    private void armTimer() {
        Optional<Instant> wanted = core.wakeAt();
        if (wanted.equals(armedFor)) {
            return;
        }
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
        armedFor = wanted;
        wanted.ifPresent(at -> timer = vertx.setTimer(millisUntil(at), ignored -> {
            timer = NO_TIMER;
            armedFor = Optional.empty();
            handle(new CoreEvent.TimePassed());
        }));
    }

    private long millisUntil(Instant at) {
        return Math.max(1, Duration.between(clock.instant(), at).toMillis() + 1);
    }
}
