package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * Version 2: each line untouched, those of one turn of the event loop in few frames at its end, and no more of them than
 * the window allows. What is sent is kept until it is acknowledged, the end as well, and can be sent again on another
 * connection. Lines that are not sent wait here, while the window is full or nobody listens; sent and waiting lines
 * together are never more than the window and one read, since reading pauses.
 */
final class LineAnswer implements Answer {

    private final JobId jobId;
    private final Executor endOfTurn;
    private final Window window;
    private final boolean keepsEnd;
    private final Progress progress;
    private final Queue<OllamaLine> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private long lines;
    private @Nullable Replies listener;
    private @Nullable AgentMessage end;
    private boolean endTold;
    private boolean flushDue;
    private boolean windowFull;
    private boolean settled;

    /**
     * @param endOfTurn runs a task when the present turn of the event loop is over
     * @param keepsEnd whether the end is kept until it is acknowledged
     */
    LineAnswer(JobId jobId, Executor endOfTurn, Replies listener, Window window, boolean keepsEnd, Progress progress) {
        this.jobId = jobId;
        this.endOfTurn = endOfTurn;
        this.listener = listener;
        this.window = window;
        this.keepsEnd = keepsEnd;
        this.progress = progress;
    }

    @Override
    public void line(OllamaLine line) {
        if (settled) {
            return;
        }
        lines++;
        waiting.add(line);
        waitingBytes += line.bytes();
        if (!flushDue) {
            flushDue = true;
            endOfTurn.execute(() -> {
                flushDue = false;
                flush();
            });
        }
    }

    @Override
    public void end(@Nullable JobFailure failure) {
        if (end == null) {
            end = failure == null ? new JobComplete(jobId, lines) : JobError.of(jobId, failure);
            flush();
        }
    }

    /** If the end is known already and only waits for its turn, this one takes its place. */
    @Override
    public void endNow(JobFailure failure) {
        if (!endTold) {
            forgetWaiting();
            end = JobError.of(jobId, failure);
            flush();
        }
    }

    @Override
    public void abort(JobFailure failure) {
        if (settled) {
            return;
        }
        if (listener != null && !endTold) {
            listener.send(JobError.of(jobId, failure));
        }
        settle();
    }

    @Override
    public void hold() {
        listener = null;
        endTold = false;
    }

    /** Somebody listens again, but only to an {@link #abort}: nothing else is sent before a {@link #resume}. */
    void abortTo(Replies to, JobFailure failure) {
        if (!to.equals(listener)) {
            listener = to;
            endTold = false;
        }
        abort(failure);
    }

    /**
     * Goes on with this listener, which has all lines up to {@code afterSeq}.
     *
     * @return false if the lines after that are not those that are kept; then nothing was sent
     */
    boolean resume(long afterSeq, Replies to) {
        if (!window.reachesBackTo(afterSeq)) {
            return false;
        }
        listener = to;
        endTold = false;
        ChunkFrames.of(jobId, afterSeq + 1, window.after(afterSeq)).forEach(to::send);
        flush();
        return true;
    }

    @Override
    public boolean held() {
        return listener == null;
    }

    @Override
    public boolean endTold() {
        return endTold;
    }

    @Override
    public void acknowledged(long seq) {
        window.acknowledged(seq);
        if (end != null && waiting.isEmpty() && seq > window.lastSeq()) {
            settle();
        } else {
            flush();
        }
    }

    @Override
    public boolean wantsMore() {
        return window.openBeside(waiting.size(), waitingBytes) && (listener == null || !listener.full());
    }

    @Override
    public long lines() {
        return lines;
    }

    /** The number of the last line that was sent to anybody. */
    long lastSeq() {
        return window.lastSeq();
    }

    /** The bytes of all lines that are kept here. */
    long bytes() {
        return window.bytes() + waitingBytes;
    }

    private void flush() {
        Replies to = listener;
        if (settled || to == null || endTold) {
            return;
        }
        long first = window.lastSeq() + 1;
        ChunkFrames.of(jobId, first, admitted()).forEach(to::send);
        if (waiting.isEmpty() && end != null) {
            endTold = true;
            to.send(end);
            progress.told();
            if (!keepsEnd) {
                settle();
            }
        } else {
            tellIfWindowFull();
            progress.flushed();
        }
    }

    private void tellIfWindowFull() {
        boolean before = windowFull;
        windowFull = !window.openBeside(waiting.size(), waitingBytes);
        if (windowFull && !before) {
            progress.windowFull();
        }
    }

    private List<String> admitted() {
        List<String> ready = new ArrayList<>();
        OllamaLine next = waiting.peek();
        while (next != null && window.admits(next.bytes())) {
            window.sent(next);
            ready.add(next.text());
            waiting.remove();
            waitingBytes -= next.bytes();
            next = waiting.peek();
        }
        return ready;
    }

    private void settle() {
        if (!settled) {
            settled = true;
            forgetWaiting();
            progress.settled();
        }
    }

    private void forgetWaiting() {
        waiting.clear();
        waitingBytes = 0;
    }
}
