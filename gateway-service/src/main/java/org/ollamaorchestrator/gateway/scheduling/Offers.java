package org.ollamaorchestrator.gateway.scheduling;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.agents.AgentProfile.Offer;
import org.ollamaorchestrator.protocol.ModelName;

/** Which agents offer a model: so that a decision looks at those that it is about, and not at the whole fleet. */
final class Offers {

    /** All of an agent that its places here depend on. */
    private record Filed(Offer offer, boolean usable, boolean slotLeft) {

        static Filed of(AgentState agent) {
            return new Filed(agent.profile().offer(), agent.isUsable(), agent.hasSlotLeft());
        }
    }

    private final Map<AgentState, Filed> filed = new HashMap<>();

    /** Of each model that anybody names; those who take any model are in each. */
    private final Map<ModelName, Offering> named = new HashMap<>();

    private final Offering anyModel = new Offering();

    Offering of(ModelName model) {
        return named.getOrDefault(model, anyModel);
    }

    /** To be called after anything of the agent changed. */
    void file(AgentState agent) {
        Filed now = Filed.of(agent);
        Filed before = filed.put(agent, now);
        if (now.equals(before)) {
            return;
        }
        if (before != null && !before.offer().equals(now.offer())) {
            takeOut(agent, before.offer());
        }
        places(now.offer()).forEach(offering -> offering.file(agent));
    }

    void remove(AgentState agent) {
        Filed before = filed.remove(agent);
        if (before != null) {
            takeOut(agent, before.offer());
        }
    }

    private Stream<Offering> places(Offer offer) {
        return switch (offer) {
            case AgentProfile.AnyModel any -> Stream.concat(Stream.of(anyModel), named.values().stream());
            case AgentProfile.NamedModels models -> models.names().stream().map(this::named);
            case AgentProfile.Catalog catalog -> catalog.names().stream().map(this::named);
        };
    }

    private Offering named(ModelName model) {
        return named.computeIfAbsent(model, name -> anyModel.copy());
    }

    private void takeOut(AgentState agent, Offer offer) {
        places(offer).forEach(offering -> offering.remove(agent));
        int takeAny = anyModel.all().size();
        offer.names()
                .forEach(model -> named.computeIfPresent(
                        model, (name, offering) -> offering.all().size() == takeAny ? null : offering));
    }

    /** Whether each agent is where it belongs, and nobody else is. */
    boolean areThoseOf(Collection<AgentState> agents) {
        var right = new Offers();
        agents.forEach(right::file);
        return right.filed.equals(filed)
                && right.anyModel.holdsTheSameAs(anyModel)
                && right.named.keySet().equals(named.keySet())
                && right.named.entrySet().stream()
                        .allMatch(each -> each.getValue().holdsTheSameAs(of(each.getKey())));
    }
}
