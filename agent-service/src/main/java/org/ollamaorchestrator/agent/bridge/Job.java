package org.ollamaorchestrator.agent.bridge;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaCall;
import org.ollamaorchestrator.agent.ollama.OllamaClient;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** One accepted job: its request, its call of Ollama, its answer, and exactly one end. It holds its slot until then. */
final class Job implements OllamaCall.Listener, Answer.Progress {

    private static final Logger LOG = Logger.getLogger(Job.class);

    /** What the job's owner is told once, at the very end. */
    interface Owner {

        void ended(Job job, @Nullable JobFailure failure);
    }

    /** What is asked for. */
    record Order(JobId id, ModelName model, Operation operation) {}

    private final Order order;
    private final Vertx vertx;
    private final OllamaClient ollama;
    private final Replies replies;
    private final Owner owner;
    private final Answer answer;
    private final long beganNanos = System.nanoTime();
    private @Nullable RequestParts parts;
    private @Nullable OllamaCall call;
    private @Nullable JobFailure failure;
    private long deadlineTimer = -1;
    private boolean stopping;
    private boolean ended;

    private Job(Order order, Vertx vertx, OllamaClient ollama, Replies replies, Owner owner, @Nullable Window window) {
        this.order = order;
        this.vertx = vertx;
        this.ollama = ollama;
        this.replies = replies;
        this.owner = owner;
        Context loop = vertx.getOrCreateContext();
        answer = window == null
                ? new TokenAnswer(order.id(), replies, this)
                : new LineAnswer(order.id(), loop, replies, window, this);
    }

    /** A job of version 1, answered in tokens. */
    static Job inTokens(Order order, Vertx vertx, OllamaClient ollama, Replies replies, Owner owner) {
        return new Job(order, vertx, ollama, replies, owner, null);
    }

    /** A job of version 2, answered in Ollama's own lines. */
    static Job inLines(Order order, Window window, Vertx vertx, OllamaClient ollama, Replies replies, Owner owner) {
        return new Job(order, vertx, ollama, replies, owner, window);
    }

    JobId id() {
        return order.id();
    }

    boolean takesSlot() {
        return order.operation().takesSlot();
    }

    void endAfter(long millis) {
        deadlineTimer = vertx.setTimer(Math.max(1, millis), passed -> stop(new JobFailure.DeadlinePassed()));
    }

    void expectParts(int count) {
        parts = new RequestParts(count);
    }

    void part(int index, String data) {
        if (stopping || ended) {
            return;
        }
        if (parts == null) {
            stop(new JobFailure.BadRequest("a part came for a request that is whole"));
            return;
        }
        Optional<String> mistake = parts.add(index, data);
        if (mistake.isPresent()) {
            stop(new JobFailure.BadRequest(mistake.get()));
        } else if (parts.complete()) {
            String body = parts.text();
            parts = null;
            call(body);
        }
    }

    void call(String body) {
        call = ollama.run(order.operation(), Buffer.buffer(body), this);
        flushed();
    }

    /** Closes the call of Ollama at once, and tells this failure when that has happened. */
    void stop(JobFailure reason) {
        if (stopping || ended) {
            return;
        }
        stopping = true;
        failure = reason;
        if (call == null) {
            answer.endNow(reason);
        } else {
            call.cancel().onComplete(closed -> answer.endNow(reason));
        }
    }

    /** The same, but nobody is left to be told. */
    void abandon() {
        if (ended) {
            return;
        }
        answer.drop();
        failure = new JobFailure.Cancelled();
        if (call != null && !stopping) {
            stopping = true;
            call.cancel().onComplete(closed -> told());
        } else {
            told();
        }
    }

    void acknowledged(long seq) {
        answer.acknowledged(seq);
    }

    long lines() {
        return answer.lines();
    }

    @Override
    public void line(OllamaLine line) {
        answer.line(line);
    }

    @Override
    public void completed() {
        answer.end(null);
    }

    @Override
    public void failed(JobFailure reason) {
        failure = reason;
        answer.end(reason);
    }

    @Override
    public void flushed() {
        if (call == null || stopping) {
            return;
        }
        if (answer.wantsMore() && !replies.full()) {
            call.resume();
        } else {
            call.pause();
        }
    }

    @Override
    public void told() {
        if (ended) {
            return;
        }
        ended = true;
        vertx.cancelTimer(deadlineTimer);
        LOG.infof(
                "job %s: %s of %s, %d lines in %d ms, %s",
                order.id(),
                order.operation().wireName(),
                order.model(),
                answer.lines(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos),
                outcome());
        owner.ended(this, failure);
    }

    /** The kind of failure, not its text: that may hold a piece of a prompt in Ollama's own words. */
    private String outcome() {
        return failure == null ? "complete" : failure.getClass().getSimpleName();
    }
}
