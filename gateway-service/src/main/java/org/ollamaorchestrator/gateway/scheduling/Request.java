package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Alarms.Alarm;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** One request from its arrival to its end, as the core sees it. Owned by the core alone. */
final class Request {

    private final RequestId id;
    private final JobNeeds needs;
    private final Instant arrivedAt;
    private final long number;
    private Kind kind;
    private @Nullable JobFailure lastFailure;
    private @Nullable JobFailure lastJobFailure;
    private @Nullable JobId job;
    private Instant waitUntil;
    private boolean isNew = true;
    private boolean waiting;
    private int attempts;
    private int loads;
    private int failures;

    @Nullable Alarm deadline;

    @Nullable Alarm waitOver;

    /** @param number in the order of arrival: its place in the queue for its whole life */
    Request(RequestId id, JobNeeds needs, Instant arrivedAt, long number, Duration waitMax) {
        this.id = id;
        this.needs = needs;
        this.arrivedAt = arrivedAt;
        this.number = number;
        this.waitUntil = arrivedAt.plus(waitMax);
        this.kind = Kind.of(needs);
    }

    /** What requests have in common that can go to the same agents under the same conditions. */
    record Kind(
            ModelName model,
            Operation operation,
            OptionalInt contextLength,
            boolean usesModel,
            boolean needsVersion2,
            Set<AgentId> failedOn) {

        static Kind of(JobNeeds needs) {
            return new Kind(
                    needs.model(),
                    needs.operation(),
                    needs.contextLength(),
                    needs.usesModel(),
                    needs.version2Because().isPresent(),
                    Set.of());
        }

        Kind unloaded() {
            return new Kind(model, operation, contextLength, false, needsVersion2, failedOn);
        }

        Kind havingFailedOn(AgentId agent) {
            var more = new HashSet<>(failedOn);
            more.add(agent);
            return new Kind(model, operation, contextLength, usesModel, needsVersion2, Set.copyOf(more));
        }
    }

    /** The same until it fails, or {@link #goesUnloaded}. */
    Kind kind() {
        return kind;
    }

    RequestId id() {
        return id;
    }

    JobNeeds needs() {
        return needs;
    }

    ModelName model() {
        return needs.model();
    }

    Instant arrivedAt() {
        return arrivedAt;
    }

    long number() {
        return number;
    }

    Instant waitUntil() {
        return waitUntil;
    }

    Duration waited(Instant now) {
        return Duration.between(arrivedAt, now);
    }

    /** When its client wants it to have ended. */
    Optional<Instant> deadlineAt() {
        return needs.within().map(arrivedAt::plus);
    }

    /** The job that runs it; empty while it waits. */
    Optional<JobId> job() {
        return Optional.ofNullable(job);
    }

    JobId nextJob() {
        attempts++;
        return id.attempt(attempts);
    }

    /** Whether the model has to be in memory before the request goes to an agent. */
    boolean usesModel() {
        return kind.usesModel();
    }

    /** Ollama would not load the model as the request wants it: it goes as it is, for Ollama to say why not. */
    void goesUnloaded() {
        kind = kind.unloaded();
    }

    boolean hasBegunLoad() {
        return loads > 0;
    }

    JobId nextLoad() {
        loads++;
        return id.load(loads);
    }

    void runsAs(JobId newJob) {
        job = newJob;
    }

    void waits() {
        job = null;
        waiting = true;
    }

    void waitsNoMore() {
        waiting = false;
    }

    /** Until the step of its arrival is over: it has not been told to wait, and may as well be told that it cannot. */
    boolean isNew() {
        return isNew;
    }

    void isOld() {
        isNew = false;
    }

    boolean isWaiting() {
        return waiting;
    }

    /** A failure of the agent's, that another agent may not have: it goes elsewhere, and has time to. */
    void failedOn(AgentId agent, JobFailure failure, Instant now, Duration waitMax) {
        failures++;
        lastFailure = failure;
        kind = kind.havingFailedOn(agent);
        waitUntil = now.plus(waitMax);
    }

    /** The job that ran it came to nothing, be it refused; if the request is tried once more, that is why. */
    void jobFailed(JobFailure failure) {
        lastJobFailure = failure;
    }

    Optional<JobFailure> lastJobFailure() {
        return Optional.ofNullable(lastJobFailure);
    }

    Set<AgentId> failedOn() {
        return kind.failedOn();
    }

    int failures() {
        return failures;
    }

    Optional<JobFailure> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }
}
