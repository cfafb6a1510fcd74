package org.ollamaorchestrator.agent.bridge;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * Version 2: each line untouched, those of one turn of the event loop in one frame at its end, and no more of them than
 * the window allows. Lines that do not fit wait here; there are never more than one read's, since reading pauses.
 */
final class LineAnswer implements Answer {

    private final JobId jobId;
    private final Context loop;
    private final Replies replies;
    private final Window window;
    private final Progress progress;
    private final Queue<OllamaLine> waiting = new ArrayDeque<>();
    private long lines;
    private long sentLines;
    private boolean flushDue;
    private boolean ended;
    private @Nullable Runnable end;

    LineAnswer(JobId jobId, Context loop, Replies replies, Window window, Progress progress) {
        this.jobId = jobId;
        this.loop = loop;
        this.replies = replies;
        this.window = window;
        this.progress = progress;
    }

    @Override
    public void line(OllamaLine line) {
        lines++;
        waiting.add(line);
        if (!flushDue) {
            flushDue = true;
            loop.runOnContext(endOfTurn -> {
                flushDue = false;
                flush();
            });
        }
    }

    @Override
    public void end(@Nullable JobFailure failure) {
        end = () -> replies.send(failure == null ? new JobComplete(jobId, lines) : JobError.of(jobId, failure));
        flush();
    }

    @Override
    public void endNow(JobFailure failure) {
        waiting.clear();
        end(failure);
    }

    @Override
    public void drop() {
        ended = true;
        waiting.clear();
    }

    @Override
    public void acknowledged(long seq) {
        window.acknowledged(seq);
        flush();
    }

    @Override
    public boolean wantsMore() {
        return waiting.isEmpty() && window.open();
    }

    @Override
    public long lines() {
        return lines;
    }

    private void flush() {
        if (ended) {
            return;
        }
        List<String> ready = new ArrayList<>();
        OllamaLine next = waiting.peek();
        while (next != null && window.admits(next.bytes())) {
            window.sent(next.bytes());
            ready.add(next.text());
            waiting.remove();
            next = waiting.peek();
        }
        ChunkFrames.of(jobId, sentLines + 1, ready).forEach(replies::send);
        sentLines += ready.size();
        if (waiting.isEmpty() && end != null) {
            ended = true;
            end.run();
            progress.told();
        } else {
            progress.flushed();
        }
    }
}
