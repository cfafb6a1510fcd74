package org.ollamaorchestrator.agent.bridge;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaClient;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.Resuming;
import org.ollamaorchestrator.protocol.GatewayId;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Resume;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * Takes jobs or refuses them, and runs each as one call of Ollama. The one authority over the agent's slots. To be used on
 * the agent's context only.
 */
public final class JobBridge {

    private static final Logger LOG = Logger.getLogger(JobBridge.class);

    /** Hears of what concerns others than the job's gateway. */
    public interface Observer {

        /** A job began, got its first line, ended, or was told. */
        void activityChanged();

        /** A job ended, so what Ollama has loaded may have changed, or Ollama may be gone. */
        void jobEnded();
    }

    private final Vertx vertx;
    private final OllamaClient ollama;
    private final Set<Operation> allowed;
    private final Tracing tracing;
    private final Observer observer;
    private final RunningJobs running;
    private final EndedJobs ended = new EndedJobs();
    private final Job.Owner owner = new JobsOwner();
    private final LongAdder whole = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder fullWindows = new LongAdder();
    private volatile boolean stopped;
    private volatile boolean paused;
    private volatile int active;

    /** @param allowed what the agent's owner lets a gateway ask for */
    public JobBridge(
            Vertx vertx, OllamaClient ollama, int slots, Set<Operation> allowed, Tracing tracing, Observer observer) {
        this.allowed = Set.copyOf(allowed);
        this.vertx = vertx;
        this.tracing = tracing;
        this.ollama = ollama;
        this.observer = observer;
        running = new RunningJobs(slots);
    }

    /** How many jobs run, at Ollama: not those whose end only waits to be told or acknowledged. From any thread. */
    public int active() {
        return active;
    }

    /**
     * Jobs of which nothing is at Ollama any more.
     *
     * @param whole those whose answers are
     * @param failed all others, cancelled ones included
     */
    public record Over(long whole, long failed) {}

    /** Since the agent's start. From any thread. */
    public Over over() {
        return new Over(whole.sum(), failed.sum());
    }

    /** How often a job had to wait until its gateway acknowledged what it had been sent. From any thread. */
    public long fullWindows() {
        return fullWindows.sum();
    }

    /** Whether a job has not had a line yet from an Ollama that has its request. */
    public boolean awaitsFirstLine() {
        return running.all().stream().anyMatch(Job::awaitsFirstLine);
    }

    /** Whether nothing runs, and all that ran was told to a connection that is there. */
    public boolean quiet() {
        return active == 0 && ended.all().stream().allMatch(Job::isTold);
    }

    /**
     * A job of version 2: run, or refused.
     *
     * @param draining whether the gateway that sends it had asked for no more
     */
    public void take(OllamaJob job, boolean draining, Terms terms, Replies replies) {
        Optional<Operation> operation = Operation.ofWireName(job.operation());
        Optional<JobFailure> refusal = operation.isEmpty()
                ? Optional.of(new JobFailure.BadRequest("this agent does not know the operation it is asked for"))
                : refusal(job.jobId(), draining, operation.get());
        if (refusal.isPresent()) {
            replies.send(JobError.of(job.jobId(), refusal.get()));
            return;
        }
        Job.Order order = order(job.jobId(), job.model(), operation.orElseThrow(), job.traceparent());
        int parts = job.parts() == null ? 0 : job.parts();
        Job taken = Job.inLines(order, terms, parts, vertx, ollama, replies, owner);
        add(taken);
        if (job.deadlineMs() != null) {
            taken.endAfter(job.deadlineMs());
        }
        RawJson request = job.request();
        if (request != null) {
            begin(taken, request.text());
        }
    }

    /** A job of version 1: run, or refused. */
    public void take(PromptJob job, Replies replies) {
        Optional<JobFailure> refusal = refusal(job.jobId(), false, Operation.GENERATE);
        if (refusal.isPresent()) {
            replies.send(TokenAnswer.error(job.jobId(), refusal.get()));
            return;
        }
        Job.Order order = order(job.jobId(), job.model(), Operation.GENERATE, null);
        Job taken = Job.inTokens(order, vertx, ollama, replies, owner);
        add(taken);
        begin(taken, PromptRequest.body(job));
    }

    private Job.Order order(JobId id, ModelName model, Operation operation, @Nullable String traceparent) {
        return new Job.Order(id, model, operation, tracing.begin(id, model, operation, traceparent));
    }

    /** A part for a job that has ended, or was refused, is late and not wrong. */
    public void part(JobPart part) {
        running.find(part.jobId()).ifPresent(job -> {
            job.part(part.index(), part.data());
            observer.activityChanged();
        });
    }

    /**
     * Answered when the job has ended; at once if it was never seen; not at all if its end was told on this connection. The
     * job is forgotten in any case.
     */
    public void cancel(Cancel cancel, Replies replies) {
        Optional<Job> job = find(cancel.jobId());
        if (job.isPresent()) {
            job.get().stopFor(replies, new JobFailure.Cancelled());
        } else if (!running.knows(cancel.jobId())) {
            running.remember(cancel.jobId());
            replies.send(JobError.of(cancel.jobId(), new JobFailure.Cancelled()));
        }
    }

    public void acknowledged(Ack ack) {
        find(ack.jobId()).ifPresent(job -> job.acknowledged(ack.seq()));
    }

    /** The connection is gone: what its gateway may ask for again is kept, and the rest ends at Ollama at once. */
    public void connectionLost() {
        all().forEach(Job::hold);
    }

    /**
     * A gateway is there. What others had asked for ends at Ollama at once.
     *
     * @return the jobs that this one can resume
     */
    public List<Resuming> resumable(GatewayId gateway) {
        List<Job> jobs = all();
        jobs.stream().filter(job -> !job.isOf(gateway)).forEach(Job::abandon);
        return jobs.stream()
                .filter(job -> job.isOf(gateway) && job.held())
                .map(job -> new Resuming(job.id(), job.lastSeq()))
                .toList();
    }

    /** Goes on with a job that was listed; one that is no longer there has failed. */
    public void resume(Resume resume, Replies replies) {
        Optional<Job> job = find(resume.jobId()).filter(Predicate.not(Job::isDismissed));
        if (job.isEmpty()) {
            JobFailure gone = new JobFailure.OllamaBroke("the agent does not have this job any more");
            replies.send(JobError.of(resume.jobId(), gone));
        } else if (job.get().held()) {
            LOG.infof("job %s: resumed after line %d", resume.jobId(), resume.afterSeq());
            job.get().resume(resume.afterSeq(), replies);
        } else {
            LOG.debugf("resume of %s, which goes on already", resume.jobId());
        }
    }

    /** Whether a job waits to be resumed. */
    public boolean holdsJobs() {
        return all().stream().anyMatch(Job::held);
    }

    /** {@link Replies#full} has become false. */
    public void repliesWritable() {
        running.all().forEach(Job::flushed);
    }

    /** Refuses new jobs from now on, for good. */
    public void stopTaking() {
        stopped = true;
    }

    /** Refuses new jobs, or takes them again. */
    public void pauseTaking(boolean pause) {
        paused = pause;
    }

    /** From any thread. */
    public boolean takesNoMore() {
        return stopped || paused;
    }

    /**
     * Ends what is left, because the agent itself must end. What had no line yet can be run elsewhere; what nobody listens to
     * is forgotten.
     */
    public void stopAll() {
        for (Job job : all()) {
            if (job.held()) {
                job.abandon();
            } else {
                job.stop(
                        job.lines() == 0
                                ? new JobFailure.AgentRefused(true)
                                : new JobFailure.OllamaBroke("the agent was stopped before the answer was complete"));
            }
        }
    }

    /** Ends what is left, at Ollama at once, and tells nobody. */
    public void abandonAll() {
        all().forEach(Job::abandon);
    }

    private Optional<Job> find(JobId id) {
        return running.find(id).or(() -> ended.find(id));
    }

    private List<Job> all() {
        List<Job> all = running.all();
        all.addAll(ended.all());
        return all;
    }

    private Optional<JobFailure> refusal(JobId id, boolean draining, Operation operation) {
        if (running.knows(id)) {
            return Optional.of(new JobFailure.BadRequest("there is, or was, a job of this id already"));
        }
        if (!allowed.contains(operation)) {
            return Optional.of(new JobFailure.BadRequest(
                    "the owner of this agent does not allow the operation " + operation.wireName()));
        }
        if (takesNoMore() || draining) {
            running.remember(id);
            return Optional.of(new JobFailure.AgentRefused(true));
        }
        if (operation.takesSlot() && !running.slotFree()) {
            running.remember(id);
            return Optional.of(new JobFailure.AgentRefused(false));
        }
        return Optional.empty();
    }

    private void add(Job job) {
        running.add(job);
        active = running.active();
        observer.activityChanged();
    }

    private void begin(Job job, String body) {
        job.call(body);
        observer.activityChanged();
    }

    private final class JobsOwner implements Job.Owner {

        @Override
        public void answering(Job job) {
            observer.activityChanged();
        }

        @Override
        public void waitsForAcknowledgement() {
            fullWindows.increment();
        }

        @Override
        public void ended(Job job) {
            running.remove(job);
            active = running.active();
            (job.isWhole() ? whole : failed).increment();
            if (!job.isSettled()) {
                ended.add(job);
            }
            observer.activityChanged();
            observer.jobEnded();
        }

        @Override
        public void told(Job job) {
            observer.activityChanged();
        }

        @Override
        public void settled(Job job) {
            ended.remove(job);
            observer.activityChanged();
        }
    }
}
