package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The jobs that have ended at Ollama, and whose gateway has not acknowledged their end. They are bounded in number and in
 * bytes: beyond that the oldest are given up.
 */
final class EndedJobs {

    /** All of them must fit into one registration, beside a catalog. */
    static final int JOBS_MAX = 256;

    static final long BYTES_MAX = 64L * 1024 * 1024;

    private final Map<JobId, Job> jobs = new LinkedHashMap<>();

    Optional<Job> find(JobId id) {
        return Optional.ofNullable(jobs.get(id));
    }

    /** Those that are given up for it are removed by whoever hears that they are settled. */
    void add(Job job) {
        jobs.put(job.id(), job);
        long bytes = jobs.values().stream().mapToLong(Job::bytes).sum();
        int count = jobs.size();
        for (Job oldest : all()) {
            if (oldest.equals(job) || (count <= JOBS_MAX && bytes <= BYTES_MAX)) {
                return;
            }
            count--;
            bytes -= oldest.bytes();
            oldest.giveUp();
        }
    }

    void remove(Job job) {
        jobs.remove(job.id(), job);
    }

    /** A copy: jobs may be settled while it is gone through. */
    List<Job> all() {
        return new ArrayList<>(jobs.values());
    }
}
