package org.ollamaorchestrator.gateway.agents;

import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.SessionState.Gone;
import org.ollamaorchestrator.gateway.agents.SessionState.Greeting;
import org.ollamaorchestrator.gateway.agents.SessionState.Ready;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.Heartbeat;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.Register;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV1;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Resuming;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.AgentMessage.Token;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.Drain;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;
import org.ollamaorchestrator.protocol.GatewayMessage.Resume;
import org.ollamaorchestrator.protocol.InstanceId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.codec.Decoded;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * One agent's connection, from its welcome to its end. What arrives is handled on the connection's own event loop; jobs,
 * acknowledgements and the end may come from anywhere, and the one who ends it tells the fleet.
 */
public final class AgentSession implements LineSource {

    private static final Logger LOG = Logger.getLogger(AgentSession.class);

    /** What a part may take of a frame; the rest is for the names around it. */
    private static final int PART_BYTES = ProtocolLimits.FRAME_BYTES_MAX - 512;

    private final WebSocketConnection connection;
    private final AgentId offeredId;
    private final GatewayMessage.Welcome welcome;
    private final MessageCodec codec;
    private final AgentRegistry registry;
    private final FleetListener fleet;
    private final JobInbox inbox;

    private final AgentRecords records;

    /** What the agent proved itself by, if it had to. */
    private final Optional<AgentCredential> credential;

    private final Map<JobId, Version1.Running> version1Jobs = new ConcurrentHashMap<>();
    private final Map<JobId, Cancellable> requestsUnderWay = new ConcurrentHashMap<>();

    private final AtomicReference<SessionState> state = new AtomicReference<>(new Greeting());
    private volatile Instant lastSeen = Instant.now();
    private volatile @Nullable InstanceId instance;
    private boolean toldOfUnknownType;

    AgentSession(
            WebSocketConnection connection,
            GatewayMessage.Welcome welcome,
            AgentId offeredId,
            MessageCodec codec,
            AgentRegistry registry,
            FleetListener fleet,
            JobInbox inbox,
            AgentRecords records,
            Optional<AgentCredential> credential) {
        this.records = records;
        this.credential = credential;
        this.connection = connection;
        this.welcome = welcome;
        this.offeredId = offeredId;
        this.codec = codec;
        this.registry = registry;
        this.fleet = fleet;
        this.inbox = inbox;
    }

    /** The registered identity; until then the one that was offered. */
    public AgentId id() {
        return switch (state.get()) {
            case Ready ready -> ready.profile().id();
            case Greeting s -> offeredId;
            case Gone s -> offeredId;
        };
    }

    @Override
    public String agentName() {
        return switch (state.get()) {
            case Ready ready -> ready.profile().name();
            case Greeting s -> offeredId.value();
            case Gone s -> offeredId.value();
        };
    }

    /** The version that the agent speaks; version 1 until it said otherwise. */
    public int protocol() {
        return state.get() instanceof Ready ready ? ready.profile().protocol() : ProtocolVersion.PROMPTS;
    }

    public Instant lastSeen() {
        return lastSeen;
    }

    /** How long this agent may be silent; version 1 beats slower, and whoever has not registered may be of version 1. */
    Duration silenceBeforeGone(Duration heartbeat) {
        return heartbeat.multipliedBy(protocol() >= ProtocolVersion.TUNNEL ? 3 : 6);
    }

    Optional<AgentCredential> credential() {
        return credential;
    }

    Optional<InstanceId> instance() {
        return Optional.ofNullable(instance);
    }

    void greet() {
        send(welcome);
    }

    /** Any frame is a sign of life. */
    void heard() {
        lastSeen = Instant.now();
    }

    void receive(String frame) {
        heard();
        if (state.get() instanceof Gone) {
            return;
        }
        try {
            switch (codec.decodeAgentMessage(frame)) {
                case Decoded.Known<AgentMessage>(var message) -> receive(message);
                case Decoded.UnknownType<AgentMessage>(var type) -> ignoreUnknown(type);
                case Decoded.Malformed<AgentMessage>(var code, var reason) -> expel(code, reason);
            }
        } catch (ProtocolViolation e) {
            expel(e.code(), e.reason());
        }
    }

    private void receive(AgentMessage message) {
        switch (message) {
            case Register register -> register(register);
            case Heartbeat heartbeat -> {}
            case Status status -> reported(status);
            case Token token -> tokenOf(token);
            case Chunk chunk -> inbox.lines(this, chunk);
            case JobComplete complete -> completed(complete);
            case JobError error -> failed(error);
        }
    }

    private void register(Register register) {
        AgentProfile profile = profileOf(register);
        switch (state.get()) {
            case Greeting greeting -> firstRegister(greeting, register, profile);
            case Ready ready -> {
                if (!ready.profile().id().equals(profile.id())
                        || ready.profile().protocol() != profile.protocol()) {
                    throw new ProtocolViolation(CloseCode.BAD_MESSAGE, "register: agentId and protocol may not change");
                }
                if (state.compareAndSet(ready, new Ready(profile))) {
                    send(new Registered(profile.id(), System.currentTimeMillis()));
                    fleet.changed(profile);
                }
            }
            case Gone s -> {}
        }
    }

    private void firstRegister(Greeting greeting, Register register, AgentProfile profile) {
        instance = register instanceof RegisterV2 v2 ? v2.instanceId() : null;
        if (credential.filter(own -> !registry.owns(profile.id(), own.name())).isPresent()) {
            LOG.warnf("agent %s is refused: its id belongs to another credential", profile.id());
            close(CloseCode.OTHER_CREDENTIALS, "this agentId belongs to another credential");
            return;
        }
        AgentRegistry.Claim claim = registry.claim(profile.id(), this);
        if (!claim.holder().equals(this)) {
            LOG.warnf("agent %s is refused: another instance holds its id and is alive", profile.id());
            close(CloseCode.ID_IN_USE, "another agent with this agentId is connected");
            return;
        }
        claim.before().ifPresent(AgentSession::replaced);
        if (!state.compareAndSet(greeting, new Ready(profile))) {
            registry.remove(profile.id(), this);
            return;
        }
        send(new Registered(profile.id(), System.currentTimeMillis()));
        fleet.joined(connection.id(), profile, resuming(register));
        credential.ifPresent(own -> records.registered(own, profile.id()));
        LOG.infof(
                "agent %s (%s) registered: protocol %d, slots %d, models %d",
                profile.id(),
                profile.name(),
                profile.protocol(),
                profile.slots(),
                profile.offer().names().size());
    }

    private static Set<JobId> resuming(Register register) {
        return switch (register) {
            case RegisterV1 v1 -> Set.of();
            case RegisterV2 v2 -> v2.resuming().stream().map(Resuming::jobId).collect(Collectors.toUnmodifiableSet());
        };
    }

    private AgentProfile profileOf(Register register) {
        return switch (register) {
            case RegisterV1 v1 -> AgentProfile.of(offeredId, v1);
            case RegisterV2 v2 -> AgentProfile.of(v2.agentId() == null ? offeredId : v2.agentId(), v2);
        };
    }

    private void reported(Status status) {
        if (!(state.get() instanceof Ready ready)) {
            return;
        }
        if (ready.profile().protocol() < ProtocolVersion.TUNNEL) {
            // Its idle and busy say nothing that its jobs do not; with two jobs in turn they would be wrong.
            return;
        }
        AgentProfile profile = ready.profile().after(status);
        if (profile.equals(ready.profile())) {
            fleet.reported(profile);
        } else if (state.compareAndSet(ready, new Ready(profile))) {
            fleet.changed(profile);
        }
    }

    private void tokenOf(Token token) {
        Version1.Running job = version1Jobs.get(token.jobId());
        if (job == null) {
            return;
        }
        Chunk line = job.next(token.jobId(), token.token(), token.done());
        if (line == null) {
            return;
        }
        inbox.lines(this, line);
        if (token.done()) {
            inbox.completed(this, token.jobId(), null, false);
        }
    }

    private void completed(JobComplete complete) {
        JobId id = complete.jobId();
        Version1.Running job = version1Jobs.remove(id);
        if (job == null) {
            inbox.completed(this, id, complete.lastSeq(), true);
        } else if (job.isWhole()) {
            inbox.slotFreed(this, id);
        } else if (job.isEmpty()) {
            inbox.failed(this, id, new JobFailure.OllamaBroke("the agent's Ollama sent no answer"));
        } else {
            Chunk last = job.next(id, "", true);
            if (last != null) {
                inbox.lines(this, last);
            }
            inbox.completed(this, id, null, true);
        }
    }

    private void failed(JobError error) {
        version1Jobs.remove(error.jobId());
        cancelSending(error.jobId());
        inbox.failed(this, error.jobId(), error.failure());
    }

    private void ignoreUnknown(String type) {
        if (!toldOfUnknownType) {
            toldOfUnknownType = true;
            LOG.infof("agent %s sent a message of an unknown type, which is ignored: %s", id(), type);
        }
    }

    /**
     * Sends a job, in parts if it is long; then each part waits for the one before, so that a cancel of another job never
     * queues behind megabytes.
     *
     * @return why it cannot be sent, or empty
     */
    public Optional<JobFailure> start(OutgoingJob job) {
        return switch (state.get()) {
            case Ready ready when ready.profile().protocol() < ProtocolVersion.TUNNEL -> startVersion1(job);
            case Ready ready -> {
                startVersion2(job);
                yield Optional.empty();
            }
            case Greeting s -> Optional.of(new JobFailure.AgentLost(false));
            case Gone s -> Optional.of(new JobFailure.AgentLost(false));
        };
    }

    private Optional<JobFailure> startVersion1(OutgoingJob job) {
        PromptJob prompt = Version1.promptJob(job);
        String frame = codec.encode(prompt);
        if (MessageCodec.utf8Bytes(frame) > ProtocolLimits.VERSION_1_JOB_BYTES_MAX) {
            return Optional.of(
                    new JobFailure.NotForVersion1("the request is too long for the agents that have the model"));
        }
        version1Jobs.put(job.id(), new Version1.Running(job.model(), job.operation()));
        sendFrame(frame);
        return Optional.empty();
    }

    private void startVersion2(OutgoingJob job) {
        String body = job.body().text();
        String traceparent = job.traceparent().orElse(null);
        if (MessageCodec.utf8Bytes(body) <= PART_BYTES) {
            send(new OllamaJob(
                    job.id(),
                    job.model(),
                    job.operation().wireName(),
                    job.body(),
                    null,
                    job.withinMillis(),
                    traceparent));
            return;
        }
        List<String> parts = MessageCodec.split(body, PART_BYTES);
        var frames = new ArrayList<GatewayMessage>(parts.size() + 1);
        frames.add(new OllamaJob(
                job.id(),
                job.model(),
                job.operation().wireName(),
                null,
                parts.size(),
                job.withinMillis(),
                traceparent));
        for (int i = 0; i < parts.size(); i++) {
            frames.add(new JobPart(job.id(), i, parts.get(i)));
        }
        requestsUnderWay.put(
                job.id(),
                Multi.createFrom()
                        .iterable(frames)
                        .onItem()
                        .transformToUniAndConcatenate(frame -> connection.sendText(codec.encode(frame)))
                        .onTermination()
                        .invoke(() -> requestsUnderWay.remove(job.id()))
                        .subscribe()
                        .with(ignored -> {}, this::sendingFailed));
    }

    /** Version 1 knows no cancel: its job runs to its end, and its tokens are dropped. */
    public void cancel(JobId job) {
        cancelSending(job);
        if (!version1Jobs.containsKey(job)) {
            send(new Cancel(job));
        }
    }

    private void cancelSending(JobId job) {
        Cancellable sending = requestsUnderWay.remove(job);
        if (sending != null) {
            sending.cancel();
        }
    }

    /** The agent sends again what came after this line of a job that it still has. */
    public void resume(JobId job, long afterSeq) {
        send(new Resume(job, afterSeq));
    }

    /** The gateway is going away: the agent finishes what runs, and comes back later. Version 1 has no such message. */
    void drain(Duration reconnectAfter) {
        if (protocol() >= ProtocolVersion.TUNNEL) {
            send(new Drain(reconnectAfter.toMillis()));
        }
    }

    /** Version 1 has no such message. */
    @Override
    public void acknowledge(JobId job, long seq) {
        if (protocol() >= ProtocolVersion.TUNNEL) {
            send(new Ack(job, seq));
        }
    }

    void ping() {
        connection.sendPing(Buffer.buffer()).subscribe().with(ignored -> {}, this::sendingFailed);
    }

    /** The connection broke the protocol: it ends, and its jobs with a clear error. */
    void expel(CloseCode code, String reason) {
        LOG.warnf("agent %s broke the protocol and is disconnected: %d %s", id(), code.number(), reason);
        leave(new SessionState.Broke(reason));
        close(code, reason);
    }

    /** Whoever has not registered by then is no agent, and holds a connection for nothing. */
    void closeUnlessRegistered(Duration within) {
        if (state.get() instanceof Greeting) {
            LOG.warnf("a connection is closed on which no agent registered within %s", within);
            close(CloseCode.BAD_MESSAGE, "no register came in time");
        }
    }

    /** Nothing was heard from the agent for too long. */
    void silent() {
        LOG.warnf("agent %s is silent and is disconnected", id());
        leave(new SessionState.Dropped());
        close(CloseCode.GOING_AWAY, "nothing was heard for too long");
    }

    /** The gateway is going away. */
    void restarting() {
        leave(new SessionState.Left());
        close(CloseCode.RESTARTING, "the gateway is going away");
    }

    /** What the agent proved itself by is worth nothing any more. */
    void revoked() {
        if (state.get() instanceof Gone) {
            return;
        }
        LOG.warnf(
                "agent %s is disconnected: its credentials%s were revoked, or have expired",
                id(), credential.map(own -> " (" + own.name() + ")").orElse(""));
        leave(new SessionState.Left());
        close(CloseCode.CREDENTIALS_REVOKED, "the agent's credentials were revoked, or have expired");
    }

    private void replaced() {
        leave(new SessionState.Dropped());
        close(CloseCode.NORMAL, "replaced by a new connection of the same agent");
    }

    /** The connection is closed. */
    void closed() {
        if (state.get() instanceof Ready) {
            LOG.infof("agent %s disconnected", id());
        }
        leave(new SessionState.Dropped());
    }

    private void leave(Gone gone) {
        SessionState before = state.getAndSet(gone);
        requestsUnderWay.keySet().forEach(this::cancelSending);
        version1Jobs.clear();
        if (before instanceof Ready ready) {
            AgentId id = ready.profile().id();
            registry.remove(id, this);
            boolean mayComeBack = ready.profile().protocol() >= ProtocolVersion.TUNNEL;
            switch (gone) {
                case SessionState.Dropped dropped when mayComeBack -> fleet.dropped(connection.id(), id);
                case SessionState.Dropped dropped -> fleet.left(connection.id(), id, Optional.empty());
                case SessionState.Left left -> fleet.left(connection.id(), id, Optional.empty());
                case SessionState.Broke(String reason) -> fleet.left(connection.id(), id, Optional.of(reason));
            }
        }
    }

    private void close(CloseCode code, String reason) {
        state.updateAndGet(before -> before instanceof Gone ? before : new SessionState.Left());
        connection.close(new CloseReason(code.number(), reason)).subscribe().with(ignored -> {}, this::sendingFailed);
    }

    private void send(GatewayMessage message) {
        sendFrame(codec.encode(message));
    }

    private void sendFrame(String frame) {
        if (connection.isOpen()) {
            connection.sendText(frame).subscribe().with(ignored -> {}, this::sendingFailed);
        }
    }

    /** A connection that cannot be written to is closed by its own close handler, which ends its jobs. */
    private void sendingFailed(Throwable failure) {
        LOG.debugf("agent %s could not be written to: %s", id(), failure.toString());
    }
}
