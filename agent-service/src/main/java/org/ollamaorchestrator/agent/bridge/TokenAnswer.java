package org.ollamaorchestrator.agent.bridge;

import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.Token;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/**
 * Version 1: a token per line, as it comes. It has no window: only the outbox holds it back. Nothing is kept, so it cannot
 * be told to another connection.
 */
final class TokenAnswer implements Answer {

    private final JobId jobId;
    private final Progress progress;
    private final Replies listener;
    private boolean held;
    private long lines;
    private boolean settled;

    TokenAnswer(JobId jobId, Replies listener, Progress progress) {
        this.jobId = jobId;
        this.listener = listener;
        this.progress = progress;
    }

    @Override
    public void line(OllamaLine line) {
        lines++;
        if (line.error() != null || settled || held) {
            return;
        }
        String token = PromptRequest.token(line.text());
        // The seed's server ends its answer on done and on nothing else, so that goes out even with an empty token.
        if (!token.isEmpty() || line.done()) {
            listener.send(new Token(jobId, token, line.done()));
        }
        progress.flushed();
    }

    @Override
    public void end(@Nullable JobFailure failure) {
        if (settled) {
            return;
        }
        if (!held) {
            listener.send(failure == null ? new JobComplete(jobId, null) : error(jobId, failure));
            progress.told();
        }
        settled = true;
        progress.settled();
    }

    @Override
    public void endNow(JobFailure failure) {
        end(failure);
    }

    @Override
    public void abort(JobFailure failure) {
        end(failure);
    }

    @Override
    public void hold() {
        held = true;
    }

    @Override
    public boolean held() {
        return held;
    }

    @Override
    public boolean endTold() {
        return settled;
    }

    @Override
    public void acknowledged(long seq) {}

    @Override
    public boolean wantsMore() {
        return held || !listener.full();
    }

    @Override
    public long lines() {
        return lines;
    }

    static JobError error(JobId jobId, JobFailure failure) {
        return new JobError(jobId, PromptRequest.errorText(failure), null, null, null, null, null);
    }
}
