package org.ollamaorchestrator.agent.bridge;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaCall;
import org.ollamaorchestrator.agent.ollama.OllamaClient;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.GatewayId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * One accepted job: its request, its call of Ollama, its answer, and exactly one end. It holds its slot until nothing of it
 * is at Ollama any more. Its answer may outlive that: until it is told and, where the gateway resumes jobs, acknowledged.
 */
final class Job implements OllamaCall.Listener, Answer.Progress {

    private static final Logger LOG = Logger.getLogger(Job.class);

    /** What the job's owner is told. */
    interface Owner {

        /** Ollama has sent its first line. */
        void answering(Job job);

        /** The job has to wait for the gateway's acknowledgement: told each time. */
        void waitsForAcknowledgement();

        /** Nothing of the job is at Ollama any more; told once. Its answer may be {@linkplain #settled settled} already. */
        void ended(Job job);

        /** The end was told to the present connection. */
        void told(Job job);

        /** Nothing of the job is left; told once. */
        void settled(Job job);
    }

    /** What is asked for. */
    record Order(JobId id, ModelName model, Operation operation, Tracing.Trace trace) {}

    /** How far the job is at Ollama. */
    private sealed interface Phase {

        /** The request is not whole yet. */
        record Gathering(RequestParts parts) implements Phase {}

        record Running(OllamaCall call) implements Phase {}

        /** The call is being closed. */
        record Closing() implements Phase {}

        record Ended() implements Phase {}
    }

    private final Order order;
    /** Who may ask for the job again; nobody in version 1. */
    private final @Nullable GatewayId gateway;

    private final Duration kept;
    private final Vertx vertx;
    private final OllamaClient ollama;
    private final Owner owner;
    private final Answer answer;
    private final long beganNanos = System.nanoTime();
    private Phase phase;
    private @Nullable JobFailure failure;
    private long deadlineTimer = -1;
    private long keepTimer = -1;
    private boolean settled;
    /** Nobody will ask for the job again. */
    private boolean dismissed;
    /** What is said when the call is closed. */
    private Runnable lastWord = () -> {};

    private Job(
            Order order,
            @Nullable Terms terms,
            int parts,
            Vertx vertx,
            OllamaClient ollama,
            Replies replies,
            Owner owner) {
        this.order = order;
        gateway = terms == null ? null : terms.gateway();
        kept = terms == null ? Duration.ZERO : terms.kept();
        this.vertx = vertx;
        this.ollama = ollama;
        this.owner = owner;
        phase = new Phase.Gathering(new RequestParts(parts));
        Context loop = vertx.getOrCreateContext();
        answer = terms == null
                ? new TokenAnswer(order.id(), replies, this)
                : new LineAnswer(
                        order.id(),
                        task -> loop.runOnContext(now -> task.run()),
                        replies,
                        new Window(terms.windowLines(), terms.windowBytes()),
                        terms.keepsJobs(),
                        this);
    }

    /** A job of version 1, answered in tokens. */
    static Job inTokens(Order order, Vertx vertx, OllamaClient ollama, Replies replies, Owner owner) {
        return new Job(order, null, 0, vertx, ollama, replies, owner);
    }

    /**
     * A job of version 2, answered in Ollama's own lines.
     *
     * @param parts how many parts of its request are to come; 0 if it is {@linkplain #call known}
     */
    static Job inLines(
            Order order, Terms terms, int parts, Vertx vertx, OllamaClient ollama, Replies replies, Owner owner) {
        return new Job(order, terms, parts, vertx, ollama, replies, owner);
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

    void part(int index, String data) {
        switch (phase) {
            case Phase.Gathering(RequestParts parts) -> {
                Optional<String> mistake = parts.add(index, data);
                if (mistake.isPresent()) {
                    stop(new JobFailure.BadRequest(mistake.get()));
                } else if (parts.complete()) {
                    call(parts.text());
                }
            }
            case Phase.Running running -> stop(new JobFailure.BadRequest("a part came for a request that is whole"));
            case Phase.Closing closing -> {}
            case Phase.Ended ended -> {}
        }
    }

    void call(String body) {
        phase = new Phase.Running(ollama.run(order.operation(), Buffer.buffer(body), order.trace(), this));
        flushed();
    }

    /**
     * Closes the call of Ollama at once, and tells this failure when that has happened; lines that wait are dropped. If only
     * the answer is left, its end is told at once.
     */
    void stop(JobFailure reason) {
        switch (phase) {
            case Phase.Gathering gathering -> end(reason, () -> answer.endNow(reason));
            case Phase.Running(OllamaCall call) -> close(call, reason, () -> answer.endNow(reason));
            case Phase.Closing closing -> {}
            case Phase.Ended ended -> answer.endNow(reason);
        }
    }

    /** The same, told to whom the end was not told yet, and nothing is kept: who asks for it knows the end. */
    void stopFor(Replies asking, JobFailure reason) {
        dismissed = true;
        abort(reason, () -> {
            if (answer instanceof LineAnswer lines) {
                lines.abortTo(asking, reason);
            } else {
                answer.abort(reason);
            }
        });
    }

    /** The same, but nobody is left to be told. */
    void abandon() {
        dismissed = true;
        answer.hold();
        JobFailure nobodyCares = new JobFailure.Cancelled();
        abort(nobodyCares, () -> answer.abort(nobodyCares));
    }

    /** The answer cannot be kept any longer; whoever listens and has not got it all is told. For a job that has ended. */
    void giveUp() {
        answer.abort(new JobFailure.OllamaBroke("the agent keeps too many answers that nobody takes"));
    }

    /** The connection is gone. The job goes on without it for as long as its gateway's terms say, if it can. */
    void hold() {
        boolean stays = kept.isPositive() && !(phase instanceof Phase.Gathering);
        if (!stays) {
            abandon();
        } else if (!dismissed && !answer.held()) {
            answer.hold();
            keep();
            flushed();
        }
    }

    /** Whether the job waits to be resumed. */
    boolean held() {
        return answer.held() && !settled && !dismissed;
    }

    /** Whether the job was given up, or cancelled, and only its call may still have to be closed. */
    boolean isDismissed() {
        return dismissed;
    }

    boolean isOf(GatewayId asking) {
        return asking.equals(gateway);
    }

    /** The number of the last line that was sent. */
    long lastSeq() {
        return answer instanceof LineAnswer kept ? kept.lastSeq() : 0;
    }

    /** Goes on with this connection, whose gateway has all lines up to {@code afterSeq}. For a held job. */
    void resume(long afterSeq, Replies replies) {
        vertx.cancelTimer(keepTimer);
        if (answer instanceof LineAnswer lines && lines.resume(afterSeq, replies)) {
            flushed();
        } else {
            stopFor(replies, new JobFailure.OllamaBroke("the agent does not have the lines after " + afterSeq));
        }
    }

    void acknowledged(long seq) {
        answer.acknowledged(seq);
    }

    /** Whether Ollama has the request, and has not sent a line of its answer. */
    boolean awaitsFirstLine() {
        return phase instanceof Phase.Running && answer.lines() == 0;
    }

    /** Whether everything was told, to a connection that is there. */
    boolean isTold() {
        return settled || answer.endTold();
    }

    long lines() {
        return answer.lines();
    }

    /** The bytes of all lines that are kept for the gateway. */
    long bytes() {
        return answer instanceof LineAnswer kept ? kept.bytes() : 0;
    }

    /** Whether Ollama's answer came to its end; for a job that has ended. */
    boolean isWhole() {
        return failure == null;
    }

    boolean isSettled() {
        return settled;
    }

    @Override
    public void line(OllamaLine line) {
        boolean first = answer.lines() == 0;
        answer.line(line);
        flushed();
        if (first) {
            owner.answering(this);
        }
    }

    @Override
    public void completed() {
        end(null, () -> answer.end(null));
    }

    @Override
    public void failed(JobFailure reason) {
        end(reason, () -> answer.end(reason));
    }

    @Override
    public void flushed() {
        if (phase instanceof Phase.Running(OllamaCall call)) {
            if (answer.wantsMore()) {
                call.resume();
            } else {
                call.pause();
            }
        }
    }

    @Override
    public void windowFull() {
        owner.waitsForAcknowledgement();
    }

    @Override
    public void told() {
        if (kept.isPositive()) {
            keep();
        }
        owner.told(this);
    }

    @Override
    public void settled() {
        settled = true;
        vertx.cancelTimer(keepTimer);
        if (phase instanceof Phase.Ended) {
            owner.settled(this);
        }
    }

    private void abort(JobFailure reason, Runnable last) {
        switch (phase) {
            case Phase.Gathering gathering -> end(reason, last);
            case Phase.Running(OllamaCall call) -> close(call, reason, last);
            case Phase.Closing closing -> lastWord = last;
            case Phase.Ended ended -> last.run();
        }
    }

    private void close(OllamaCall call, JobFailure reason, Runnable last) {
        phase = new Phase.Closing();
        lastWord = last;
        call.cancel().onComplete(closed -> end(reason, () -> lastWord.run()));
    }

    private void end(@Nullable JobFailure reason, Runnable last) {
        failure = reason;
        last.run();
        phase = new Phase.Ended();
        vertx.cancelTimer(deadlineTimer);
        LOG.infof(
                "job %s: %s of %s, %d lines in %d ms, %s",
                order.id(),
                order.operation().wireName(),
                order.model(),
                answer.lines(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos),
                outcome());
        order.trace().ended(failure, answer.lines());
        owner.ended(this);
    }

    private void keep() {
        vertx.cancelTimer(keepTimer);
        keepTimer = vertx.setTimer(Math.max(1, kept.toMillis()), over -> abandon());
    }

    /** The kind of failure, not its text: that may hold a piece of a prompt in Ollama's own words. */
    private String outcome() {
        return failure == null ? "complete" : failure.getClass().getSimpleName();
    }
}
