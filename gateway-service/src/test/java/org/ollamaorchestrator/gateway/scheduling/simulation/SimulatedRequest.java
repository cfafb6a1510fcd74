package org.ollamaorchestrator.gateway.scheduling.simulation;

import static org.ollamaorchestrator.gateway.scheduling.simulation.SimulatedGateway.must;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.scheduling.JobNeeds;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** One request of a client, and what came of it. */
final class SimulatedRequest {

    private final RequestId id;
    private final JobNeeds needs;
    private final Work work;
    private final Runnable whenEnded;
    private @Nullable JobId job;
    private @Nullable JobEnd end;
    private int attempts;
    private int refusals;
    private int lines;

    SimulatedRequest(RequestId id, JobNeeds needs, Work work, Runnable whenEnded) {
        this.id = id;
        this.needs = needs;
        this.work = work;
        this.whenEnded = whenEnded;
    }

    RequestId id() {
        return id;
    }

    JobNeeds needs() {
        return needs;
    }

    Work work() {
        return work;
    }

    Optional<JobId> job() {
        return Optional.ofNullable(job);
    }

    Optional<JobEnd> end() {
        return Optional.ofNullable(end);
    }

    int attempts() {
        return attempts;
    }

    boolean isCompleted() {
        return end instanceof JobEnd.Completed;
    }

    /** Whether this is how it may end in a fleet in which nothing goes wrong. */
    boolean endedAsItMay() {
        return switch (end) {
            case JobEnd.Completed completed -> true;
            case JobEnd.Failed(JobFailure failure) ->
                switch (failure) {
                    // Of the client's making.
                    case JobFailure.Cancelled f -> true;
                    case JobFailure.DeadlinePassed f -> needs.within().isPresent();
                    // Of too much work.
                    case JobFailure.QueueFull f -> true;
                    case JobFailure.WaitedTooLong f -> true;
                    // Of a fleet that is not there yet, or has not what it takes.
                    case JobFailure.NoAgent f -> true;
                    case JobFailure.NoSuchModel f -> true;
                    case JobFailure.NotForVersion1 f -> true;
                    case JobFailure.NotAllowed f -> true;
                    default -> false;
                };
            case null -> false;
        };
    }

    void placedAs(JobId newJob, int replacementsMax) {
        must(end == null && lines == 0, "tried again after its first line: " + newJob);
        job = newJob;
        attempts++;
        // Who waits for no slot is not asked again where it was refused.
        int uncounted = work.takesSlot() ? refusals : 0;
        must(attempts - uncounted <= 1 + replacementsMax, "tried too often: " + newJob);
    }

    void refused() {
        refusals++;
    }

    void line(JobId from) {
        must(end == null && from.equals(job), "a line of an attempt that is over: " + from);
        lines++;
    }

    void ended(JobEnd newEnd) {
        must(end == null, "two ends: " + id);
        must(
                !(newEnd instanceof JobEnd.Completed) || lines == work.lines(),
                "completed with " + lines + " lines: " + id);
        end = newEnd;
        whenEnded.run();
    }

    @Override
    public String toString() {
        return id + " " + needs.operation() + " of " + needs.model() + " "
                + needs.share().key() + ": " + end;
    }
}
