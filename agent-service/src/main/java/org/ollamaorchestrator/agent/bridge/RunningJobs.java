package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.protocol.JobId;

/** Which jobs run, on how many slots; and the ids of the last that ended, so that a late frame is told from a strange one. */
final class RunningJobs {

    private static final int ENDED_REMEMBERED_MAX = 1024;

    private final int slots;
    private final Map<JobId, Job> jobs = new HashMap<>();
    private final Set<JobId> ended = new LinkedHashSet<>();
    private int slotsTaken;

    RunningJobs(int slots) {
        this.slots = slots;
    }

    Optional<Job> find(JobId id) {
        return Optional.ofNullable(jobs.get(id));
    }

    boolean knows(JobId id) {
        return jobs.containsKey(id) || ended.contains(id);
    }

    boolean slotFree() {
        return slotsTaken < slots;
    }

    void add(Job job) {
        jobs.put(job.id(), job);
        if (job.takesSlot()) {
            slotsTaken++;
        }
    }

    void remove(Job job) {
        if (jobs.remove(job.id(), job)) {
            remember(job.id());
            if (job.takesSlot()) {
                slotsTaken--;
            }
        }
    }

    /** An id that will not be used again. */
    void remember(JobId id) {
        ended.add(id);
        if (ended.size() > ENDED_REMEMBERED_MAX) {
            Iterator<JobId> oldest = ended.iterator();
            oldest.next();
            oldest.remove();
        }
    }

    int active() {
        return jobs.size();
    }

    /** A copy: jobs may end while it is gone through. */
    List<Job> all() {
        return new ArrayList<>(jobs.values());
    }
}
