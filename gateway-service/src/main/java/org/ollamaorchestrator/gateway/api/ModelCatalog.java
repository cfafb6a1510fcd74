package org.ollamaorchestrator.gateway.api;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/** The models of the whole fleet: the union over the agents, each model once, in the order of their names. */
@Singleton
public class ModelCatalog {

    private final CoreLoop core;
    private final Vertx vertx;

    ModelCatalog(CoreLoop core, Vertx vertx) {
        this.core = core;
        this.vertx = vertx;
    }

    /** What {@code /api/tags} says, over all agents. */
    public Uni<List<OllamaModel>> models() {
        return core.view().map(fleet -> union(fleet, agent -> offered(agent.offer())));
    }

    /** What {@code /api/ps} says, over all agents. */
    public Uni<List<OllamaModel>> loaded() {
        return core.view().map(fleet -> union(fleet, AgentProfile::loaded));
    }

    /**
     * Nothing, if some agent serves the model: one that takes any model does.
     *
     * @return fails with {@link JobFailedException} if nobody has it, or nobody is there
     */
    public Uni<Void> require(ModelName model) {
        return core.view().invoke(fleet -> require(model, fleet)).replaceWithVoid();
    }

    /**
     * Whether nobody can do that with the model: not as long as one of those who have it does not say what it can do.
     *
     * @param capability in Ollama's words, such as {@code thinking}
     * @return told on the caller's own event loop
     */
    public Uni<Boolean> lacks(ModelName model, String capability) {
        Context caller = vertx.getOrCreateContext();
        return core.view()
                .emitOn(task -> caller.runOnContext(ignored -> task.run()))
                .map(fleet -> lacks(model, capability, fleet));
    }

    /** The oldest Ollama in the fleet; empty if nobody says. */
    public Uni<Optional<String>> oldestOllama() {
        return core.view()
                .map(fleet -> fleet.agents().stream()
                        .map(agent -> agent.profile().ollamaVersion())
                        .filter(Objects::nonNull)
                        .map(String::valueOf)
                        .min(ModelCatalog::compareVersions));
    }

    private static void require(ModelName model, FleetView fleet) {
        if (fleet.agents().isEmpty()) {
            throw new JobFailedException(new JobFailure.NoAgent());
        }
        if (fleet.agents().stream().noneMatch(agent -> agent.profile().offer().includes(model))) {
            throw new JobFailedException(new JobFailure.NoSuchModel(model));
        }
    }

    private static boolean lacks(ModelName model, String capability, FleetView fleet) {
        List<OllamaModel> everybodys = fleet.agents().stream()
                .map(agent -> agent.profile().offer())
                .filter(offer -> offer.includes(model))
                .map(offer -> offered(offer).stream()
                        .filter(each -> each.name().equals(model))
                        .findFirst()
                        .orElseGet(() -> OllamaModel.named(model)))
                .toList();
        return !everybodys.isEmpty()
                && everybodys.stream()
                        .map(OllamaModel::capabilities)
                        .allMatch(told -> !told.isEmpty() && !told.contains(capability));
    }

    /** Agents of version 1 tell names alone. */
    private static List<OllamaModel> offered(AgentProfile.Offer offer) {
        return switch (offer) {
            case AgentProfile.Catalog catalog -> catalog.models();
            case AgentProfile.NamedModels named ->
                named.names().stream().map(OllamaModel::named).toList();
            case AgentProfile.AnyModel any -> List.of();
        };
    }

    /** By their numbers, so that 0.9 comes before 0.32; what is not a number counts as 0. */
    private static int compareVersions(String one, String other) {
        return Arrays.compare(numbers(one), numbers(other));
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("[^0-9]+"))
                .filter(part -> !part.isEmpty() && part.length() < 10)
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private static List<OllamaModel> union(FleetView fleet, Function<AgentProfile, List<OllamaModel>> of) {
        Map<String, OllamaModel> byName = new TreeMap<>();
        for (FleetView.Agent agent : fleet.agents()) {
            for (OllamaModel model : of.apply(agent.profile())) {
                byName.putIfAbsent(model.name().canonical(), model);
            }
        }
        return List.copyOf(byName.values());
    }
}
