package org.ollamaorchestrator.gateway.models;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/** Which agents an order is for. Pure. */
public sealed interface AgentChoice {

    String ALL = "all";
    String LABEL = "label:";

    /** Whoever it makes sense for: those that have the model, or all that are ready if it is to be brought. */
    record Usual() implements AgentChoice {}

    /** All that are ready. */
    record All() implements AgentChoice {}

    /** All that are ready and have the label. */
    record Labelled(Label label) implements AgentChoice {}

    /** These, by name or id; one that is not ready is waited for. */
    record Named(List<String> names) implements AgentChoice {
        public Named {
            names = List.copyOf(names);
            if (names.isEmpty()) {
                throw new IllegalArgumentException("names no agent");
            }
        }
    }

    /**
     * @param text {@code all}, {@code label:key=value}, or names and ids with commas between; blank for the usual ones
     * @throws IllegalArgumentException saying what is wrong
     */
    static AgentChoice parse(String text) {
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            return new Usual();
        }
        if (stripped.equals(ALL)) {
            return new All();
        }
        if (stripped.startsWith(LABEL)) {
            return new Labelled(Label.parse(stripped.substring(LABEL.length()))
                    .orElseThrow(() -> new IllegalArgumentException("is no label such as label:site=home")));
        }
        return new Named(Arrays.stream(stripped.split(",", -1))
                .map(String::strip)
                .filter(Predicate.not(String::isEmpty))
                .toList());
    }

    /**
     * @return at least one agent
     * @throws JobFailedException if there is none
     */
    default List<AgentProfile> among(FleetView fleet, ModelOrder order) {
        List<AgentProfile> all = fleet.agents().stream()
                .filter(AgentChoice::isReady)
                .map(FleetView.Agent::profile)
                .toList();
        Operation operation = order.action().operation();
        List<AgentProfile> ready =
                all.stream().filter(agent -> agent.allows(operation)).toList();
        JobFailure ifNone = all.isEmpty() ? new JobFailure.NoAgent() : new JobFailure.NotAllowed(operation);
        return switch (this) {
            case Usual usual -> usual(some(ready, ifNone), order);
            case All every -> some(ready, ifNone);
            case Labelled(Label label) ->
                some(
                        ready.stream()
                                .filter(agent -> label.isOn(agent.labels()))
                                .toList(),
                        new JobFailure.BadRequest("agents: no agent that is ready has the label " + label));
            case Named(List<String> names) ->
                names.stream()
                        .map(name -> named(name, fleet, operation))
                        .distinct()
                        .toList();
        };
    }

    /** Whether it can be asked to change its models now. */
    static boolean isReady(FleetView.Agent agent) {
        return agent.notUsedBecause().isEmpty() && agent.profile().protocol() >= ProtocolVersion.TUNNEL;
    }

    private static List<AgentProfile> usual(List<AgentProfile> there, ModelOrder order) {
        if (!order.action().needsModel()) {
            return there;
        }
        List<AgentProfile> having = some(
                there.stream()
                        .filter(agent -> agent.offer().includes(order.model()))
                        .toList(),
                new JobFailure.NoSuchModel(order.model()));
        return order.action().isForOneAgent() ? List.of(having.getFirst()) : having;
    }

    private static AgentProfile named(String name, FleetView fleet, Operation operation) {
        List<AgentProfile> found = fleet.agents().stream()
                .map(FleetView.Agent::profile)
                .filter(agent -> agent.name().equals(name) || agent.id().value().equals(name))
                .toList();
        if (found.isEmpty()) {
            throw bad("there is no agent " + name);
        }
        if (found.size() > 1) {
            throw bad("several agents are called " + name + "; say the id of the one you mean");
        }
        if (found.getFirst().protocol() < ProtocolVersion.TUNNEL) {
            throw bad("agent " + name + " is of version 1, which cannot change models");
        }
        if (!found.getFirst().allows(operation)) {
            throw bad("the owner of agent " + name + " does not allow " + operation.wireName());
        }
        return found.getFirst();
    }

    private static List<AgentProfile> some(List<AgentProfile> agents, JobFailure ifNone) {
        if (agents.isEmpty()) {
            throw new JobFailedException(ifNone);
        }
        return agents;
    }

    private static JobFailedException bad(String why) {
        return new JobFailedException(new JobFailure.BadRequest("agents: " + why));
    }
}
