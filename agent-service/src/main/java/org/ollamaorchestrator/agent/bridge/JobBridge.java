package org.ollamaorchestrator.agent.bridge;

import io.vertx.core.Vertx;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaClient;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * Takes jobs or refuses them, and runs each as one call of Ollama. The one authority over the agent's slots. To be used on
 * the agent's context only.
 */
public final class JobBridge {

    /** Hears of what concerns others than the job's gateway. */
    public interface Observer {

        /** A job began or ended. */
        void activeChanged();

        /** A job ended, so what Ollama has loaded may have changed, or Ollama may be gone. */
        void jobEnded();
    }

    private final Vertx vertx;
    private final OllamaClient ollama;
    private final Observer observer;
    private final RunningJobs jobs;
    private boolean stopped;
    private volatile int active;

    public JobBridge(Vertx vertx, OllamaClient ollama, int slots, Observer observer) {
        this.vertx = vertx;
        this.ollama = ollama;
        this.observer = observer;
        jobs = new RunningJobs(slots);
    }

    /** How many jobs run; from any thread. */
    public int active() {
        return active;
    }

    /**
     * A job of version 2: run, or refused.
     *
     * @param draining whether the gateway that sends it had asked for no more
     * @param windowLines the most unacknowledged lines
     * @param windowBytes the same in bytes
     */
    public void take(OllamaJob job, boolean draining, int windowLines, int windowBytes, Replies replies) {
        Optional<Operation> operation = Operation.ofWireName(job.operation());
        Optional<JobFailure> refusal = operation.isEmpty()
                ? Optional.of(new JobFailure.BadRequest("this agent does not know the operation it is asked for"))
                : refusal(job.jobId(), draining, operation.get());
        if (refusal.isPresent()) {
            replies.send(JobError.of(job.jobId(), refusal.get()));
            return;
        }
        Job.Order order = new Job.Order(job.jobId(), job.model(), operation.orElseThrow());
        Job taken = Job.inLines(order, new Window(windowLines, windowBytes), vertx, ollama, replies, this::ended);
        add(taken);
        if (job.deadlineMs() != null) {
            taken.endAfter(job.deadlineMs());
        }
        RawJson request = job.request();
        if (request != null) {
            taken.call(request.text());
        } else if (job.parts() != null) {
            taken.expectParts(job.parts());
        }
    }

    /** A job of version 1: run, or refused. */
    public void take(PromptJob job, Replies replies) {
        Optional<JobFailure> refusal = refusal(job.jobId(), false, Operation.GENERATE);
        if (refusal.isPresent()) {
            replies.send(TokenAnswer.error(job.jobId(), refusal.get()));
            return;
        }
        Job.Order order = new Job.Order(job.jobId(), job.model(), Operation.GENERATE);
        Job taken = Job.inTokens(order, vertx, ollama, replies, this::ended);
        add(taken);
        taken.call(PromptRequest.body(job));
    }

    /** A part for a job that has ended, or was refused, is late and not wrong. */
    public void part(JobPart part) {
        jobs.find(part.jobId()).ifPresent(job -> job.part(part.index(), part.data()));
    }

    /** Answered when the job has ended; at once if it was never seen; not at all if it had ended before. */
    public void cancel(Cancel cancel, Replies replies) {
        Optional<Job> job = jobs.find(cancel.jobId());
        if (job.isPresent()) {
            job.get().stop(new JobFailure.Cancelled());
        } else if (!jobs.knows(cancel.jobId())) {
            jobs.remember(cancel.jobId());
            replies.send(JobError.of(cancel.jobId(), new JobFailure.Cancelled()));
        }
    }

    public void acknowledged(Ack ack) {
        jobs.find(ack.jobId()).ifPresent(job -> job.acknowledged(ack.seq()));
    }

    /** {@link Replies#full} has become false. */
    public void repliesWritable() {
        jobs.all().forEach(Job::flushed);
    }

    /** Refuses new jobs from now on. */
    public void stopTaking() {
        stopped = true;
    }

    public boolean takesNoMore() {
        return stopped;
    }

    /** Ends what still runs, because the agent itself must end. What had no line yet can be run elsewhere. */
    public void stopAll() {
        jobs.all()
                .forEach(job -> job.stop(
                        job.lines() == 0
                                ? new JobFailure.AgentRefused(true)
                                : new JobFailure.OllamaBroke("the agent was stopped before the answer was complete")));
    }

    /** Ends what still runs, at Ollama at once, and tells nobody. */
    public void abandonAll() {
        jobs.all().forEach(Job::abandon);
    }

    private Optional<JobFailure> refusal(JobId id, boolean draining, Operation operation) {
        if (jobs.knows(id)) {
            return Optional.of(new JobFailure.BadRequest("there is, or was, a job of this id already"));
        }
        if (stopped || draining) {
            jobs.remember(id);
            return Optional.of(new JobFailure.AgentRefused(true));
        }
        if (operation.takesSlot() && !jobs.slotFree()) {
            jobs.remember(id);
            return Optional.of(new JobFailure.AgentRefused(false));
        }
        return Optional.empty();
    }

    private void add(Job job) {
        jobs.add(job);
        active = jobs.active();
        observer.activeChanged();
    }

    private void ended(Job job, @Nullable JobFailure failure) {
        jobs.remove(job);
        active = jobs.active();
        observer.activeChanged();
        observer.jobEnded();
    }
}
