package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.scheduling.Alarms.Alarm;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;

/** A job that an agent has, and what it is for. Owned by the core alone. */
final class Attempt {

    /** What a job is for. */
    sealed interface Purpose {

        ModelName model();
    }

    /**
     * It answers a client's request.
     *
     * @param expected how long it was expected to take its slot
     * @param bytesRead of its prompt, which no cache of the agent's held
     */
    record Answering(Request request, Duration expected, long bytesRead) implements Purpose {
        @Override
        public ModelName model() {
            return request.model();
        }
    }

    /**
     * It loads a model, for whoever waits for it.
     *
     * @param sponsor the request that it was begun for, and whose options it uses
     */
    record Loading(ModelName model, RequestId sponsor, OptionalInt contextLength) implements Purpose {}

    private final JobId job;
    private final AgentState agent;
    private final Purpose purpose;
    private final Instant since;
    private JobState state = JobState.PLACED;
    private boolean lineReceived;
    private boolean done;

    /** What reminds of it in its present state. */
    @Nullable Alarm alarm;

    Attempt(JobId job, AgentState agent, Purpose purpose, Instant since) {
        this.job = job;
        this.agent = agent;
        this.purpose = purpose;
        this.since = since;
    }

    JobId job() {
        return job;
    }

    /** It may be gone from the fleet by now. */
    AgentState agent() {
        return agent;
    }

    Purpose purpose() {
        return purpose;
    }

    ModelName model() {
        return purpose.model();
    }

    boolean takesSlot() {
        return switch (purpose) {
            case Answering answering -> answering.request().needs().operation().takesSlot();
            case Loading loading -> true;
        };
    }

    Duration took(Instant now) {
        return Duration.between(since, now);
    }

    Instant since() {
        return since;
    }

    JobState state() {
        return state;
    }

    /** Whether what it is for has had its end, or goes on elsewhere: what it still says means nothing. */
    boolean isDone() {
        return done;
    }

    void done() {
        done = true;
    }

    boolean lineReceived() {
        return lineReceived;
    }

    void streams() {
        lineReceived = true;
        state = JobState.STREAMING;
    }

    void releases() {
        state = JobState.RELEASING;
    }
}
