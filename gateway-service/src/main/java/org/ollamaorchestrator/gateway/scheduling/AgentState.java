package org.ollamaorchestrator.gateway.scheduling;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobId;

/** One agent as the core sees it: what it told, and which of its slots are taken. Owned by the core alone. */
final class AgentState {

    private AgentProfile profile;
    private final Set<JobId> jobs = new LinkedHashSet<>();
    private Instant idleSince;
    private boolean unresponsive;

    AgentState(AgentProfile profile, Instant now) {
        this.profile = profile;
        this.idleSince = now;
    }

    AgentProfile profile() {
        return profile;
    }

    /** Whatever an agent reports shows that it is there again. */
    void reported(AgentProfile reported) {
        profile = reported;
        unresponsive = false;
    }

    void take(JobId job) {
        jobs.add(job);
    }

    void release(JobId job, Instant now) {
        jobs.remove(job);
        idleSince = now;
        unresponsive = false;
    }

    void lostTrackOf() {
        unresponsive = true;
    }

    Set<JobId> jobs() {
        return jobs;
    }

    int active() {
        return jobs.size();
    }

    Instant idleSince() {
        return idleSince;
    }

    boolean hasFreeSlot() {
        return jobs.size() < profile.slots();
    }

    /** Why no job may go there, whatever its model and slots; empty if one may. */
    Optional<String> notUsedBecause() {
        if (unresponsive) {
            return Optional.of("it has not confirmed a cancel");
        }
        if (profile.draining()) {
            return Optional.of("it is draining");
        }
        if (profile.ollama() == OllamaState.DOWN) {
            return Optional.of("its Ollama does not answer");
        }
        return Optional.empty();
    }
}
