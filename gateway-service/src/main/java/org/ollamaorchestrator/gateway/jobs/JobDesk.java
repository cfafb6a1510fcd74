package org.ollamaorchestrator.gateway.jobs;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.agents.AgentRegistry;
import org.ollamaorchestrator.gateway.agents.AgentSession;
import org.ollamaorchestrator.gateway.agents.JobInbox;
import org.ollamaorchestrator.gateway.agents.OutgoingJob;
import org.ollamaorchestrator.gateway.agents.ProtocolViolation;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.CoreLoop;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.scheduling.JobNeeds;
import org.ollamaorchestrator.gateway.scheduling.RequestDesk;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolVersion;

/**
 * Ties a client's request, its place in the core and its stream together. A request is here from its subscription until
 * the core has ended it; its stream is found by job id as long as its agent may send lines of it.
 */
@ApplicationScoped
public class JobDesk implements RequestDesk, JobInbox {

    private static final Logger LOG = Logger.getLogger(JobDesk.class);

    /** How often clients are looked at: coarse against the time they are given, and no timer a job. */
    private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final CoreLoop core;
    private final AgentRegistry agents;
    private final GatewayConfig config;

    private final Map<RequestId, Open> open = new ConcurrentHashMap<>();
    private final Map<JobId, Open> placed = new ConcurrentHashMap<>();

    private long sweeper;

    /** A request that has no end yet. */
    private record Open(RequestId id, JobRequest request, JobStream stream, long sinceNanos) {}

    JobDesk(Vertx vertx, CoreLoop core, AgentRegistry agents, GatewayConfig config) {
        this.vertx = vertx;
        this.core = core;
        this.agents = agents;
        this.config = config;
    }

    void start(@Observes StartupEvent event) {
        sweeper = vertx.setPeriodic(SWEEP_EVERY.toMillis(), ignored -> sweep());
    }

    void stop(@Observes ShutdownEvent event) {
        vertx.cancelTimer(sweeper);
    }

    /**
     * The lines of the answer, each item all that have come since the last, an empty one after a silence. The request
     * arrives at the core when this is subscribed to, and cancelling it ends the work at Ollama. Completes only if the
     * answer is whole.
     *
     * @return fails with {@link JobFailedException}
     */
    public Multi<List<String>> submit(JobRequest request, Client client) {
        return Multi.createFrom().deferred(() -> Multi.createFrom().publisher(opened(request, client)));
    }

    private JobStream opened(JobRequest request, Client client) {
        var id = new RequestId(UUID.randomUUID().toString().replace("-", ""));
        var stream = new JobStream(
                client,
                () -> core.tell(new CoreEvent.ClientGone(id, new JobFailure.Cancelled())),
                config.window().lines(),
                config.window().bytes().asLongValue());
        open.put(id, new Open(id, request, stream, System.nanoTime()));
        core.tell(new CoreEvent.RequestArrived(id, new JobNeeds(request.model(), request.version2Because())));
        return stream;
    }

    /** Whether a client still waits for the end of its answer. */
    public boolean hasRequests() {
        return !open.isEmpty();
    }

    @Override
    public void start(RequestId id, JobId job, AgentId agent) {
        Open request = open.get(id);
        if (request == null) {
            throw new IllegalStateException("request " + id + " is not open");
        }
        Optional<AgentSession> session = agents.sessionOf(agent);
        if (session.isEmpty()) {
            core.tell(endedBy(agent, job, new JobFailure.AgentLost(false)));
            return;
        }
        request.stream().attach(job, session.get());
        placed.put(job, request);
        JobRequest wanted = request.request();
        session.get()
                .start(new OutgoingJob(job, wanted.model(), wanted.operation(), wanted.body()))
                .ifPresent(failure -> core.tell(endedBy(agent, job, failure)));
    }

    @Override
    public void cancel(JobId job, AgentId agent) {
        placed.remove(job);
        agents.sessionOf(agent).ifPresent(session -> session.cancel(job));
    }

    @Override
    public void end(RequestId id, JobEnd end) {
        Open request = open.remove(id);
        if (request == null) {
            throw new IllegalStateException("request " + id + " has two ends");
        }
        request.stream().job().ifPresent(placed::remove);
        logEnd(request, end);
        request.stream().end(end);
    }

    @Override
    public void lines(AgentSession from, Chunk chunk) {
        Open request = placedBy(from, chunk.jobId());
        if (request == null) {
            return;
        }
        try {
            if (request.stream().accept(chunk)) {
                core.tell(new CoreEvent.FirstLine(chunk.jobId()));
            }
        } catch (JobStream.WindowExceeded e) {
            exceeded(from, request);
        }
    }

    /** An agent of version 2 knows the window; one of version 1 does not, and there the client is too slow for it. */
    private void exceeded(AgentSession from, Open request) {
        if (from.protocol() >= ProtocolVersion.TUNNEL) {
            throw new ProtocolViolation(CloseCode.BAD_MESSAGE, "chunk: more lines than the window allows");
        }
        endSlow(request, "the client did not take the answer as fast as it came");
    }

    @Override
    public void completed(AgentSession from, JobId job, @Nullable Long lastSeq, boolean slotFree) {
        Open request = placedBy(from, job);
        if (request != null && lastSeq != null && lastSeq != request.stream().lastSeq()) {
            throw new ProtocolViolation(CloseCode.BAD_MESSAGE, "job_complete: lastSeq is not that of the last line");
        }
        core.tell(new CoreEvent.JobEnded(from.id(), job, new JobEnd.Completed(), slotFree));
    }

    @Override
    public void failed(AgentSession from, JobId job, JobFailure failure) {
        core.tell(endedBy(from.id(), job, failure));
    }

    @Override
    public void slotFreed(AgentSession from, JobId job) {
        core.tell(new CoreEvent.SlotFreed(from.id(), job));
    }

    private static CoreEvent endedBy(AgentId agent, JobId job, JobFailure failure) {
        return new CoreEvent.JobEnded(agent, job, new JobEnd.Failed(failure), true);
    }

    private @Nullable Open placedBy(AgentSession from, JobId job) {
        Open request = placed.get(job);
        return request != null && request.stream().comesFrom(from) ? request : null;
    }

    private void sweep() {
        Duration allowed = config.clients().stalledMax();
        for (Open request : open.values()) {
            if (request.stream().stalledFor().compareTo(allowed) > 0) {
                endSlow(request, "the client took nothing for " + allowed.toSeconds() + " s");
            } else {
                request.stream().acknowledgeTaken();
                request.stream()
                        .fillSilence(
                                config.clients().firstByteHold(),
                                config.clients().keepAlive());
            }
        }
    }

    private void endSlow(Open request, String why) {
        core.tell(new CoreEvent.ClientGone(request.id(), new JobFailure.SlowClient(why)));
        request.stream().client().abort();
    }

    private static void logEnd(Open request, JobEnd end) {
        long millis = Duration.ofNanos(System.nanoTime() - request.sinceNanos()).toMillis();
        String how = switch (end) {
            case JobEnd.Completed completed -> "done";
            case JobEnd.Failed failed -> failed.failure().getClass().getSimpleName();
        };
        LOG.infof(
                "job %s ended: %s, request %s, operation %s, %d ms",
                request.id(),
                how,
                request.stream().client().requestId(),
                request.request().operation().wireName(),
                millis);
    }
}
