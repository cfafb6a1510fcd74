package org.ollamaorchestrator.gateway.models;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.models.Reconciliation.Past;
import org.ollamaorchestrator.gateway.models.Reconciliation.Where;
import org.ollamaorchestrator.gateway.scheduling.FleetObserver;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * Has the models that the configuration wants pulled to the agents that miss them: when such an agent comes, when a model
 * goes, and again after a failure, ever more rarely. All state belongs to one event loop.
 */
@ApplicationScoped
public class WantedModels implements FleetObserver {

    private static final Logger LOG = Logger.getLogger(WantedModels.class);

    /** Who asks for these operations. */
    static final String BY = "configuration";

    /** For what is due by time alone: a try after a failure. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

    private static final Duration REMEMBERED_FOR = Duration.ofDays(1);

    private final Vertx vertx;
    private final Context loop;
    private final ModelOperations operations;
    private final Reconciliation reconciliation;

    // Of the loop.
    private FleetView fleet = new FleetView(List.of());
    private long looking;

    WantedModels(Vertx vertx, GatewayConfig config, ModelOperations operations) {
        this.vertx = vertx;
        this.loop = ((VertxInternal) vertx).createEventLoopContext();
        this.operations = operations;
        this.reconciliation = new Reconciliation(wanted(config));
    }

    /** @throws IllegalArgumentException naming the key at fault, so that the gateway does not start */
    private static List<WantedModel> wanted(GatewayConfig config) {
        var all = new ArrayList<WantedModel>();
        config.wanted().forEach((name, wish) -> {
            Optional<Label> label = wish.label()
                    .map(text -> Label.parse(text)
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "orchestrator.wanted." + name + ".label is no label such as site=home")));
            wish.models().forEach(model -> all.add(new WantedModel(name, new ModelName(model), label)));
        });
        return all;
    }

    void start(@Observes StartupEvent event) {
        if (!reconciliation.wanted().isEmpty()) {
            looking = vertx.setPeriodic(LOOK_EVERY.toMillis(), due -> loop.runOnContext(ignored -> reconcile()));
        }
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(looking);
    }

    @Override
    public void fleetChanged(FleetView now) {
        if (!reconciliation.wanted().isEmpty()) {
            loop.runOnContext(ignored -> {
                fleet = now;
                reconcile();
            });
        }
    }

    /** What is wanted, and how far it is. */
    public Uni<List<WantedView>> views() {
        return Uni.createFrom().emitter(emitter -> loop.runOnContext(ignored -> emitter.complete(shown())));
    }

    private void reconcile() {
        Instant now = Instant.now();
        reconciliation.forgetBefore(now.minus(REMEMBERED_FOR));
        reconciliation.due(fleet, now).forEach(this::pull);
    }

    private void pull(ModelName model, List<AgentId> agents) {
        LOG.infof("%s is wanted on %d agents that miss it", model, agents.size());
        var choice = new AgentChoice.Named(agents.stream().map(AgentId::value).toList());
        operations
                .start(ModelOrder.of(ModelAction.PULL, model), choice, BY)
                .onItem()
                .transformToMulti(begun -> operations.watch(begun.id()))
                .collect()
                .last()
                .subscribe()
                .with(
                        ended -> loop.runOnContext(ignored -> ended(ended)),
                        failure -> loop.runOnContext(ignored -> notBegun(model, agents, failure)));
    }

    private void ended(ModelOperation operation) {
        Instant now = Instant.now();
        for (Part part : operation.parts()) {
            Where where = new Where(part.agent(), operation.order().model());
            if (part.state() instanceof PartState.Done) {
                reconciliation.succeeded(where, now);
            } else {
                reconciliation.failed(where, ModelOperation.problemOf(part), now);
            }
        }
    }

    private void notBegun(ModelName model, List<AgentId> agents, Throwable failure) {
        Instant now = Instant.now();
        String why = String.valueOf(failure.getMessage());
        agents.forEach(agent -> reconciliation.failed(new Where(agent, model), why, now));
    }

    private List<WantedView> shown() {
        return reconciliation.wanted().stream()
                .map(wanted -> new WantedView(
                        wanted.entry(),
                        wanted.model().written(),
                        wanted.label().map(Label::toString).orElse(null),
                        fleet.agents().stream()
                                .map(FleetView.Agent::profile)
                                .filter(wanted::isWantedOn)
                                .map(agent -> shown(wanted, agent))
                                .toList()))
                .toList();
    }

    private WantedView.OnAgent shown(WantedModel wanted, AgentProfile agent) {
        Optional<Past> past = reconciliation.pastOf(new Where(agent.id(), wanted.model()));
        String id = agent.id().value();
        if (!wanted.isMissingOn(agent)) {
            return new WantedView.OnAgent(id, agent.name(), "present", null, null);
        }
        return past.map(known -> known.underWay()
                        ? new WantedView.OnAgent(id, agent.name(), "pulling", null, null)
                        : known.error().isEmpty()
                                ? new WantedView.OnAgent(id, agent.name(), "missing", null, null)
                                : new WantedView.OnAgent(id, agent.name(), "failed", known.error(), known.notBefore()))
                .orElseGet(() -> new WantedView.OnAgent(id, agent.name(), "missing", null, null));
    }
}
