package org.ollamaorchestrator.gateway.jobs;

import org.ollamaorchestrator.gateway.agents.LineSource;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;

/** A load that an agent runs for the gateway itself: its answer is counted and forgotten. */
final class LoadRun {

    private final JobId job;
    private final Tracing.Load trace;
    private LineSource source;
    private long lastSeq;

    LoadRun(JobId job, LineSource source, Tracing.Load trace) {
        this.job = job;
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
