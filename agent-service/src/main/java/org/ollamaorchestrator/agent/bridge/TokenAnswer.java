package org.ollamaorchestrator.agent.bridge;

import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.Token;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** Version 1: a token per line, as it comes. It has no window: only the outbox holds it back. */
final class TokenAnswer implements Answer {

    private final JobId jobId;
    private final Replies replies;
    private final Progress progress;
    private long lines;
    private boolean ended;

    TokenAnswer(JobId jobId, Replies replies, Progress progress) {
        this.jobId = jobId;
        this.replies = replies;
        this.progress = progress;
    }

    @Override
    public void line(OllamaLine line) {
        lines++;
        if (line.error() != null) {
            return;
        }
        String token = PromptRequest.token(line.text());
        // The seed's server ends its answer on done and on nothing else, so that goes out even with an empty token.
        if (!token.isEmpty() || line.done()) {
            replies.send(new Token(jobId, token, line.done()));
        }
        progress.flushed();
    }

    @Override
    public void end(@Nullable JobFailure failure) {
        if (!ended) {
            ended = true;
            replies.send(failure == null ? new JobComplete(jobId, null) : error(jobId, failure));
            progress.told();
        }
    }

    @Override
    public void endNow(JobFailure failure) {
        end(failure);
    }

    @Override
    public void drop() {
        ended = true;
    }

    @Override
    public void acknowledged(long seq) {}

    @Override
    public boolean wantsMore() {
        return true;
    }

    @Override
    public long lines() {
        return lines;
    }

    static JobError error(JobId jobId, JobFailure failure) {
        return new JobError(jobId, PromptRequest.errorText(failure), null, null, null, null, null);
    }
}
