package org.ollamaorchestrator.gateway.jobs;

import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
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
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
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
    private final List<Ledger> ledgers;
    private final Tracing tracing;
    private final DirectJobs direct;

    private final Map<RequestId, Open> open = new ConcurrentHashMap<>();
    private final Map<JobId, Open> placed = new ConcurrentHashMap<>();
    private final Map<JobId, LoadRun> loads = new ConcurrentHashMap<>();

    /** Streams that have their end, and whose clients have not taken it. */
    private final Set<JobStream> untaken = ConcurrentHashMap.newKeySet();

    private final LongAdder fullWindows = new LongAdder();
    private final LongAdder droppedClients = new LongAdder();

    private volatile int stalledClients;
    private long sweeper;

    /** A request that has no end yet. */
    private record Open(
            RequestId id, JobRequest request, Terms terms, JobStream stream, Timeline times, Tracing.Trace trace) {}

    private final class StreamOwner implements JobStream.Owner {

        private final RequestId id;

        StreamOwner(RequestId id) {
            this.id = id;
        }

        @Override
        public void cancelled() {
            cancel(id);
        }

        /** Until the next sweep it would grow old in the collector's eyes, with all that hangs on it. */
        @Override
        public void over(JobStream stream) {
            untaken.remove(stream);
        }

        @Override
        public void windowFull() {
            fullWindows.increment();
        }
    }

    JobDesk(
            Vertx vertx,
            CoreLoop core,
            AgentRegistry agents,
            GatewayConfig config,
            @All List<Ledger> ledgers,
            Tracing tracing,
            DirectJobs direct) {
        this.direct = direct;
        this.tracing = tracing;
        this.ledgers = List.copyOf(ledgers);
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
     * The answer as it comes. The request
     * arrives at the core when this is subscribed to, and cancelling it ends the work at Ollama. Completes only if the
     * answer is whole.
     *
     * @return fails with {@link JobFailedException}
     */
    public Multi<StreamItem> submit(JobRequest request, Terms terms, Client client) {
        return Multi.createFrom().deferred(() -> Multi.createFrom().publisher(opened(request, terms, client)));
    }

    private JobStream opened(JobRequest request, Terms terms, Client client) {
        var id = new RequestId(UUID.randomUUID().toString().replace("-", ""));
        var stream = new JobStream(
                client,
                new StreamOwner(id),
                config.window().lines(),
                config.window().bytes().asLongValue());
        var trace = tracing.begin(id, request, client.traceparent());
        open.put(id, new Open(id, request, terms, stream, new Timeline(), trace));
        core.tell(new CoreEvent.RequestArrived(id, needs(request, terms)));
        return stream;
    }

    private static JobNeeds needs(JobRequest request, Terms terms) {
        return new JobNeeds(
                request.model(),
                request.operation(),
                request.version2Because(),
                request.usesModel(),
                request.contextLength(),
                request.prompt(),
                request.body().text().length(),
                terms.share(),
                terms.within());
    }

    /** Whether a client still waits for the end of its answer. */
    public boolean hasRequests() {
        return !open.isEmpty() || untaken.stream().anyMatch(stream -> !stream.isOver());
    }

    /** How many clients have not taken for over a second what they were given: their agents wait for them. */
    public int stalledClients() {
        return stalledClients;
    }

    /** How often an agent had to stop, since as much of its answer waited for the client as may. From any thread. */
    public long fullWindows() {
        return fullWindows.sum();
    }

    /** Clients whose connections were ended because they did not take what they were given. From any thread. */
    public long droppedClients() {
        return droppedClients.sum();
    }

    /** The requests that have no end yet, from any thread; while it is read some may end. */
    public List<OpenRequest> requests() {
        return open.values().stream().map(JobDesk::shown).toList();
    }

    private static OpenRequest shown(Open request) {
        return new OpenRequest(
                request.id(),
                request.stream().client().requestId(),
                request.terms().share(),
                request.request().model(),
                request.request().operation(),
                request.times().arrivedAt(),
                request.times().agent(),
                request.times().untilFirstLine().isPresent());
    }

    /** Ends a request on purpose: its client is told so, and its agent to stop. Nothing happens if it has its end. */
    public void cancel(RequestId id) {
        core.tell(new CoreEvent.ClientGone(id, new JobFailure.Cancelled()));
    }

    /** What the client calls a request that has no end yet. */
    public Optional<String> nameOf(RequestId id) {
        return Optional.ofNullable(open.get(id))
                .map(request -> request.stream().client().requestId());
    }

    @Override
    public void start(RequestId id, JobId job, AgentId agent, Optional<Duration> within) {
        Open request = opened(id);
        Optional<AgentSession> session = agents.sessionOf(agent);
        if (session.isEmpty()) {
            core.tell(endedBy(agent, job, new JobFailure.AgentLost(false)));
            return;
        }
        request.stream().job().ifPresent(placed::remove);
        request.stream().attach(job, session.get());
        request.times().placed(agent);
        placed.put(job, request);
        Optional<String> traceparent = request.trace().placed(job, agent);
        JobRequest wanted = request.request();
        session.get()
                .start(new OutgoingJob(job, wanted.model(), wanted.operation(), wanted.body(), within, traceparent))
                .ifPresent(failure -> core.tell(endedBy(agent, job, failure)));
    }

    @Override
    public void load(JobId job, AgentId agent, RequestId sponsor) {
        Open request = opened(sponsor);
        JobRequest wanted = request.request();
        Optional<AgentSession> session = agents.sessionOf(agent);
        if (session.isEmpty()) {
            core.tell(endedBy(agent, job, new JobFailure.AgentLost(false)));
            return;
        }
        request.times().loadBegins();
        var run = new LoadRun(job, agent, session.get(), request.trace().loads(job, agent));
        loads.put(job, run);
        LOG.infof("model %s is loaded on agent %s, for job %s", wanted.model(), agent, sponsor);
        session.get()
                .start(new OutgoingJob(
                        job,
                        wanted.model(),
                        Operation.LOAD,
                        wanted.load(),
                        Optional.empty(),
                        run.trace().traceparent()))
                .ifPresent(failure -> core.tell(endedBy(agent, job, failure)));
    }

    @Override
    public void resume(JobId job, AgentId agent) {
        agents.sessionOf(agent).ifPresent(session -> {
            Open request = placed.get(job);
            LoadRun load = loads.get(job);
            if (request != null) {
                session.resume(job, request.stream().resumeOver(session));
                if (request.stream().acknowledgedSeq() > 0) {
                    session.acknowledge(job, request.stream().acknowledgedSeq());
                }
            } else if (load != null) {
                session.resume(job, load.resumeOver(session));
            } else {
                session.cancel(job);
            }
        });
    }

    @Override
    public void cancel(JobId job, AgentId agent) {
        Open request = placed.remove(job);
        if (request != null) {
            request.trace().failed(new JobFailure.Cancelled());
        }
        loadEnded(job, Optional.of(new JobFailure.Cancelled()));
        agents.sessionOf(agent).ifPresent(session -> session.cancel(job));
    }

    private Open opened(RequestId id) {
        Open request = open.get(id);
        if (request == null) {
            throw new IllegalStateException("request " + id + " is not open");
        }
        return request;
    }

    @Override
    public void end(RequestId id, JobEnd end) {
        Open request = open.remove(id);
        if (request == null) {
            throw new IllegalStateException("request " + id + " has two ends");
        }
        request.stream().job().ifPresent(placed::remove);
        JobUsage usage = request.stream().usage(request.request());
        tell(request, end, usage);
        request.terms().account().used(usage);
        untaken.add(request.stream());
        request.stream().end(end);
    }

    @Override
    public void lines(AgentSession from, Chunk chunk) {
        if (direct.lines(from, chunk)) {
            return;
        }
        LoadRun load = loads.get(chunk.jobId());
        if (load != null && load.comesFrom(from)) {
            load.accept(chunk);
        }
        Open request = placed.get(chunk.jobId());
        if (request == null) {
            return;
        }
        try {
            if (request.stream().accept(from, chunk)) {
                request.times().firstLine();
                request.trace().firstLine();
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
        if (direct.ended(from, job, new JobEnd.Completed())) {
            return;
        }
        OptionalLong received = receivedFrom(from, job);
        if (received.isPresent() && lastSeq != null && lastSeq != received.getAsLong()) {
            throw new ProtocolViolation(CloseCode.BAD_MESSAGE, "job_complete: lastSeq is not that of the last line");
        }
        loadEnded(job, Optional.empty());
        core.tell(new CoreEvent.JobEnded(from.id(), job, new JobEnd.Completed(), slotFree));
        acknowledgeEnd(from, job, received);
    }

    @Override
    public void failed(AgentSession from, JobId job, JobFailure failure) {
        if (direct.ended(from, job, new JobEnd.Failed(failure))) {
            return;
        }
        OptionalLong received = receivedFrom(from, job);
        loadEnded(job, Optional.of(failure));
        Open request = placed.get(job);
        if (request != null && received.isPresent()) {
            request.trace().failed(failure);
        }
        core.tell(endedBy(from.id(), job, failure));
        acknowledgeEnd(from, job, received);
    }

    private void loadEnded(JobId job, Optional<JobFailure> failure) {
        LoadRun load = loads.remove(job);
        if (load != null) {
            load.trace().ended(failure);
        }
    }

    /** The number of the last line of a job that this session has; empty if it has no such job. */
    private OptionalLong receivedFrom(AgentSession from, JobId job) {
        LoadRun load = loads.get(job);
        if (load != null && load.comesFrom(from)) {
            return OptionalLong.of(load.lastSeq());
        }
        Open request = placed.get(job);
        return request != null && request.stream().comesFrom(from)
                ? OptionalLong.of(request.stream().lastSeq())
                : OptionalLong.empty();
    }

    /** The end counts as one line more. The agent need not keep it: nothing of the job has to be sent again. */
    private static void acknowledgeEnd(AgentSession from, JobId job, OptionalLong received) {
        received.ifPresent(seq -> from.acknowledge(job, seq + 1));
    }

    @Override
    public void slotFreed(AgentSession from, JobId job) {
        core.tell(new CoreEvent.SlotFreed(from.id(), job));
    }

    private static CoreEvent endedBy(AgentId agent, JobId job, JobFailure failure) {
        return new CoreEvent.JobEnded(agent, job, new JobEnd.Failed(failure), true);
    }

    private void sweep() {
        Duration allowed = config.clients().stalledMax();
        for (Open request : open.values()) {
            if (request.terms().account().isRevoked()) {
                core.tell(new CoreEvent.ClientGone(request.id(), new JobFailure.KeyRevoked()));
            } else if (request.stream().stalledFor().compareTo(allowed) > 0) {
                endSlow(request, "the client took nothing for " + allowed.toSeconds() + " s");
            } else {
                tellIfStalled(request);
                request.stream().acknowledgeTaken(SWEEP_EVERY);
                request.stream()
                        .fillSilence(
                                config.clients().firstByteHold(),
                                config.clients().keepAlive());
            }
        }
        forgetLostLoads();
        stalledClients = (int) open.values().stream()
                .filter(request -> request.stream().stalledFor().compareTo(SWEEP_EVERY) > 0)
                .count();
        tellPositions();
        untaken.removeIf(JobStream::isOver);
        for (JobStream stream : untaken) {
            if (stream.stalledFor().compareTo(allowed) > 0) {
                drop(stream);
            }
        }
    }

    private void forgetLostLoads() {
        Duration window = config.agents().resumeWindow();
        loads.forEach((job, load) -> {
            if (load.isLost(agents.sessionOf(load.agent()), window)) {
                loadEnded(job, Optional.of(new JobFailure.AgentLost(false)));
            }
        });
    }

    private void tellPositions() {
        if (open.values().stream().noneMatch(request -> request.terms().tellsPosition())) {
            return;
        }
        core.queueView()
                .subscribe()
                .with(view -> view.waiting().forEach(waiting -> {
                    Open request = open.get(waiting.request());
                    if (request != null && request.terms().tellsPosition()) {
                        request.stream().tellPosition(waiting.position(), waiting.expected());
                    }
                }));
    }

    private void tellIfStalled(Open request) {
        Duration allowed = stalledMax(request.request().model());
        request.stream()
                .job()
                .filter(job -> request.stream().silentFor().compareTo(allowed) > 0)
                .ifPresent(job -> core.tell(new CoreEvent.Stalled(job)));
    }

    private Duration stalledMax(ModelName model) {
        GatewayConfig.Model own = config.models().get(model.written());
        GatewayConfig.Model canonical = config.models().get(model.canonical());
        return Optional.ofNullable(own == null ? canonical : own)
                .flatMap(GatewayConfig.Model::stalledMax)
                .orElse(config.jobs().stalledMax());
    }

    private void endSlow(Open request, String why) {
        core.tell(new CoreEvent.ClientGone(request.id(), new JobFailure.SlowClient(why)));
        drop(request.stream());
    }

    private void drop(JobStream stream) {
        if (stream.drop()) {
            droppedClients.increment();
        }
    }

    /** To whoever keeps, counts or logs it. */
    private void tell(Open request, JobEnd end, JobUsage usage) {
        Timeline times = request.times();
        String how = switch (end) {
            case JobEnd.Completed completed -> Ledger.Entry.DONE;
            case JobEnd.Failed failed -> failed.failure().getClass().getSimpleName();
        };
        var entry = new Ledger.Entry(
                request.id(),
                request.stream().client().requestId(),
                request.stream().client().dialect(),
                request.terms().share().key(),
                request.request().model(),
                request.request().operation(),
                times.agent(),
                usage,
                times.queuedFor(),
                times.loadTook(),
                times.untilFirstLine(),
                times.soFar(),
                how,
                Instant.now());
        ledgers.forEach(ledger -> ledger.ended(entry));
        request.trace().ended(entry);
    }
}
