package org.ollamaorchestrator.gateway.scheduling;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/** The agents that offer one model, in the order in which they joined; of these, those that jobs can be given to. */
final class Offering {

    private final NavigableSet<AgentState> all = inOrderOfJoining();
    private final NavigableSet<AgentState> usable = inOrderOfJoining();
    private final NavigableSet<AgentState> withSlotLeft = inOrderOfJoining();

    private static NavigableSet<AgentState> inOrderOfJoining() {
        return new TreeSet<>(Comparator.comparingLong(AgentState::number));
    }

    Offering copy() {
        var copy = new Offering();
        copy.all.addAll(all);
        copy.usable.addAll(usable);
        copy.withSlotLeft.addAll(withSlotLeft);
        return copy;
    }

    /** Puts an agent where it belongs by what it is now. */
    void file(AgentState agent) {
        all.add(agent);
        belongs(usable, agent, agent.isUsable());
        belongs(withSlotLeft, agent, agent.isUsable() && agent.hasSlotLeft());
    }

    private static void belongs(Collection<AgentState> set, AgentState agent, boolean in) {
        if (in) {
            set.add(agent);
        } else {
            set.remove(agent);
        }
    }

    void remove(AgentState agent) {
        all.remove(agent);
        usable.remove(agent);
        withSlotLeft.remove(agent);
    }

    Collection<AgentState> all() {
        return Collections.unmodifiableCollection(all);
    }

    /** Those of which nothing says that no job may go there. */
    Collection<AgentState> usable() {
        return Collections.unmodifiableCollection(usable);
    }

    /** Of the usable, those with a slot left; whether a job can have it now may depend on the time as well. */
    Collection<AgentState> withSlotLeft() {
        return Collections.unmodifiableCollection(withSlotLeft);
    }

    boolean holdsTheSameAs(Offering other) {
        return all.equals(other.all) && usable.equals(other.usable) && withSlotLeft.equals(other.withSlotLeft);
    }
}
