package org.ollamaorchestrator.gateway.jobs;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.agents.AgentRegistry;
import org.ollamaorchestrator.gateway.agents.AgentSession;
import org.ollamaorchestrator.gateway.agents.OutgoingJob;
import org.ollamaorchestrator.gateway.agents.ProtocolViolation;
import org.ollamaorchestrator.gateway.scheduling.FleetObserver;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * Jobs for one agent that is named, past the core, which has nothing to choose. Such a job is not resumed: the core knows
 * nothing of it, and has an agent that comes back with it cancel it; to be run again, it is begun anew.
 */
@ApplicationScoped
public class DirectJobs implements FleetObserver {

    private static final Logger LOG = Logger.getLogger(DirectJobs.class);

    /** Who began a job. Called on the session's event loop or the core's, in the agent's order. */
    public interface Listener {

        /** A whole line of Ollama's, not longer than fits into one message; longer ones are passed over. */
        void line(String line);

        /** Called once, and nothing after it. */
        void ended(JobEnd end);
    }

    private final AgentRegistry agents;
    private final Map<JobId, Run> runs = new ConcurrentHashMap<>();

    DirectJobs(AgentRegistry agents) {
        this.agents = agents;
    }

    /** @param session fixed: the job ends with it */
    private record Run(AgentSession session, Listener listener, Received received) {}

    /** The number of the last line; touched on the session's event loop alone. */
    private static final class Received {
        private long lastSeq;
    }

    /** Begins a job, which ends at once if the agent is not there. From any thread. */
    public JobId start(AgentId agent, ModelName model, Operation operation, RawJson body, Listener listener) {
        JobId job = new JobId(UUID.randomUUID().toString().replace("-", ""));
        Optional<AgentSession> session = agents.sessionOf(agent);
        if (session.isEmpty()) {
            listener.ended(new JobEnd.Failed(new JobFailure.AgentLost(false)));
        } else if (session.get().protocol() < ProtocolVersion.TUNNEL) {
            listener.ended(new JobEnd.Failed(
                    new JobFailure.NotForVersion1("an agent of version 1 cannot do more than generate text")));
        } else {
            LOG.infof("job %s: %s of %s on agent %s", job, operation.wireName(), model, agent);
            runs.put(job, new Run(session.get(), listener, new Received()));
            session.get()
                    .start(new OutgoingJob(job, model, operation, body, Optional.empty(), Optional.empty()))
                    .ifPresent(failure -> end(job, new JobEnd.Failed(failure)));
        }
        return job;
    }

    /** The job's end is told when the agent has confirmed it. From any thread. */
    public void cancel(JobId job) {
        Run run = runs.get(job);
        if (run != null) {
            run.session().cancel(job);
        }
    }

    /** A session that no longer holds its agent's id is gone for good. */
    @Override
    public void fleetChanged(FleetView fleet) {
        runs.forEach((job, run) -> {
            boolean there = agents.sessionOf(run.session().id())
                    .filter(run.session()::equals)
                    .isPresent();
            if (!there) {
                end(job, new JobEnd.Failed(new JobFailure.AgentLost(false)));
            }
        });
    }

    /** @return whether it is one of these jobs */
    boolean lines(AgentSession from, Chunk chunk) {
        Run run = runs.get(chunk.jobId());
        if (run == null || !run.session().equals(from)) {
            return false;
        }
        Received received = run.received();
        if (chunk.seq() != received.lastSeq + 1) {
            throw new ProtocolViolation(
                    CloseCode.BAD_MESSAGE, "chunk: seq is %d and not %d".formatted(chunk.seq(), received.lastSeq + 1));
        }
        List<String> whole = switch (chunk) {
            case Lines lines -> {
                received.lastSeq += lines.lines().size();
                yield lines.lines();
            }
            case LinePart part -> {
                received.lastSeq += part.more() ? 0 : 1;
                yield List.of();
            }
        };
        from.acknowledge(chunk.jobId(), received.lastSeq);
        whole.forEach(run.listener()::line);
        return true;
    }

    /** @return whether it is one of these jobs */
    boolean ended(AgentSession from, JobId job, JobEnd end) {
        Run run = runs.get(job);
        if (run == null || !run.session().equals(from)) {
            return false;
        }
        // The end counts as one line more: the agent need not keep anything of the job.
        from.acknowledge(job, run.received().lastSeq + 1);
        end(job, end);
        return true;
    }

    private void end(JobId job, JobEnd end) {
        Run run = runs.remove(job);
        if (run != null) {
            String how = switch (end) {
                case JobEnd.Completed completed -> "done";
                case JobEnd.Failed(JobFailure failure) -> failure.getClass().getSimpleName();
            };
            LOG.infof("job %s ended: %s", job, how);
            run.listener().ended(end);
        }
    }
}
