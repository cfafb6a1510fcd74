package org.ollamaorchestrator.gateway.models;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * Which of the models that are wanted have to be pulled, and where. Pure: fleet and time come in. It never asks for a
 * deletion, so what is not wanted any more stays until somebody deletes it.
 */
final class Reconciliation {

    private static final Duration PAUSE_MIN = Duration.ofMinutes(1);
    private static final Duration PAUSE_MAX = Duration.ofHours(1);
    private static final int DOUBLINGS_MAX = 6;

    /** Agents may come with ever new ids; what is remembered of those that left must not grow for ever. */
    private static final int REMEMBERED_MAX = 10_000;

    private final List<WantedModel> wanted;
    private final Map<Where, Past> past = new HashMap<>();

    /** One model on one agent. */
    record Where(AgentId agent, ModelName model) {}

    /**
     * What came of asking for it.
     *
     * @param failures in a row
     * @param error of the last one; empty if it did not fail
     */
    record Past(boolean underWay, int failures, Instant notBefore, String error) {}

    Reconciliation(List<WantedModel> wanted) {
        this.wanted = List.copyOf(wanted);
    }

    List<WantedModel> wanted() {
        return wanted;
    }

    /** What to pull now, each model on all agents at once; these count as asked from now on. */
    Map<ModelName, List<AgentId>> due(FleetView fleet, Instant now) {
        var due = new LinkedHashMap<ModelName, List<AgentId>>();
        for (FleetView.Agent agent : fleet.agents()) {
            AgentProfile profile = agent.profile();
            for (WantedModel each : wanted) {
                Where where = new Where(profile.id(), each.model());
                if (each.isWantedOn(profile) && !each.isMissingOn(profile)) {
                    forgetUnlessUnderWay(where);
                } else if (each.isMissingOn(profile) && AgentChoice.isReady(agent) && mayAsk(where, now)) {
                    List<AgentId> agents = due.computeIfAbsent(each.model(), first -> new ArrayList<>());
                    agents.add(profile.id());
                    past.put(where, new Past(true, failuresOf(where), now, ""));
                }
            }
        }
        return due;
    }

    private void forgetUnlessUnderWay(Where where) {
        past.computeIfPresent(where, (key, known) -> known.underWay() ? known : null);
    }

    private boolean mayAsk(Where where, Instant now) {
        Past known = past.get(where);
        return known == null ? past.size() < REMEMBERED_MAX : !known.underWay() && !now.isBefore(known.notBefore());
    }

    private int failuresOf(Where where) {
        Past known = past.get(where);
        return known == null ? 0 : known.failures();
    }

    /** Forgotten as soon as the agent offers the model; one that never does must not be asked again and again. */
    void succeeded(Where where, Instant now) {
        ended(where, "", now);
    }

    /** The longer it has failed, the longer it is left alone. */
    void failed(Where where, String error, Instant now) {
        ended(where, error, now);
    }

    private void ended(Where where, String error, Instant now) {
        int failures = failuresOf(where) + 1;
        Duration doubled = PAUSE_MIN.multipliedBy(1L << Math.min(failures - 1, DOUBLINGS_MAX));
        Duration pause = doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
        past.put(where, new Past(false, failures, now.plus(pause), error));
    }

    Optional<Past> pastOf(Where where) {
        return Optional.ofNullable(past.get(where));
    }

    /** Those that left long ago are forgotten. */
    void forgetBefore(Instant moment) {
        past.values().removeIf(known -> !known.underWay() && known.notBefore().isBefore(moment));
    }
}
