package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.LineSource;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;

/** A load that an agent runs for the gateway itself: its answer is counted and forgotten. */
final class LoadRun {

    private final JobId job;
    private final AgentId agent;
    private final Tracing.Load trace;
    private LineSource source;
    private long lastSeq;
    private @Nullable Long awaySinceNanos;

    LoadRun(JobId job, AgentId agent, LineSource source, Tracing.Load trace) {
        this.job = job;
        this.agent = agent;
        this.trace = trace;
        this.source = source;
    }

    synchronized boolean comesFrom(LineSource from) {
        return source.equals(from);
    }

    synchronized void accept(Chunk chunk) {
        lastSeq = switch (chunk) {
            case Lines lines -> lines.seq() + lines.lines().size() - 1;
            case LinePart part -> part.more() ? lastSeq : part.seq();
        };
        source.acknowledge(job, lastSeq);
    }

    AgentId agent() {
        return agent;
    }

    /**
     * Whether nothing will be heard of it any more: its agent is gone, or came back without it. Nobody says so of a load.
     *
     * @param present the session that its agent has now
     */
    synchronized boolean isLost(Optional<? extends LineSource> present, Duration resumeWindow) {
        if (present.filter(source::equals).isPresent()) {
            awaySinceNanos = null;
            return false;
        }
        Long since = awaySinceNanos;
        if (since == null) {
            awaySinceNanos = System.nanoTime();
            return false;
        }
        return System.nanoTime() - since >= resumeWindow.toNanos();
    }

    Tracing.Load trace() {
        return trace;
    }

    synchronized long lastSeq() {
        return lastSeq;
    }

    /** @return the number of the last line that was received */
    synchronized long resumeOver(LineSource newSource) {
        source = newSource;
        return lastSeq;
    }
}
