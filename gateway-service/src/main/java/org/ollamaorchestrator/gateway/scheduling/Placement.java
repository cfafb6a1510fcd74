package org.ollamaorchestrator.gateway.scheduling;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/** Chooses an agent for a request, or says why there is none. Pure. */
final class Placement {

    private static final Comparator<AgentState> BEST_FIRST =
            Comparator.comparingInt(AgentState::active).thenComparing(AgentState::idleSince);

    private Placement() {}

    sealed interface Choice {}

    record On(AgentId agent) implements Choice {}

    record Nowhere(JobFailure why) implements Choice {}

    /** The least busy of those that have the model and a free slot; among equals the longest idle. */
    static Choice choose(Collection<AgentState> agents, JobNeeds needs) {
        if (agents.isEmpty()) {
            return new Nowhere(new JobFailure.NoAgent());
        }
        List<AgentState> serving = agents.stream()
                .filter(agent -> agent.profile().offer().includes(needs.model()))
                .toList();
        if (serving.isEmpty()) {
            return new Nowhere(new JobFailure.NoSuchModel(needs.model()));
        }
        List<AgentState> able = serving.stream()
                .filter(agent ->
                        needs.version2Because().isEmpty() || agent.profile().protocol() >= ProtocolVersion.TUNNEL)
                .toList();
        if (able.isEmpty()) {
            return new Nowhere(
                    new JobFailure.NotForVersion1(needs.version2Because().orElseThrow()));
        }
        List<AgentState> usable =
                able.stream().filter(agent -> agent.notUsedBecause().isEmpty()).toList();
        if (usable.isEmpty()) {
            boolean ollamaIsAway =
                    able.stream().allMatch(agent -> agent.profile().ollama() == OllamaState.DOWN);
            return new Nowhere(
                    ollamaIsAway ? new JobFailure.OllamaUnreachable("it does not answer") : new JobFailure.NoAgent());
        }
        return usable.stream()
                .filter(AgentState::hasFreeSlot)
                .min(BEST_FIRST)
                .<Choice>map(agent -> new On(agent.profile().id()))
                .orElseGet(() -> new Nowhere(new JobFailure.AllBusy(needs.model())));
    }
}
