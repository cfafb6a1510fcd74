package org.ollamaorchestrator.agent.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketClientConnection;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.agent.bridge.JobBridge;
import org.ollamaorchestrator.agent.bridge.Terms;
import org.ollamaorchestrator.agent.ollama.OllamaSnapshot;
import org.ollamaorchestrator.protocol.AgentMessage.Activity;
import org.ollamaorchestrator.protocol.AgentMessage.Heartbeat;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV1;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.Drain;
import org.ollamaorchestrator.protocol.GatewayMessage.Job;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;
import org.ollamaorchestrator.protocol.GatewayMessage.Resume;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV1;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV2;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.Room;
import org.ollamaorchestrator.protocol.codec.Decoded;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * One connection's conversation: greeting, registration, jobs, state, signs of life. What happens between two connections is
 * the {@link GatewayLink}'s. To be used on the agent's context only.
 */
final class GatewaySession {

    private static final Logger LOG = Logger.getLogger(GatewaySession.class);

    /** Until the gateway's terms are known: the interval of version 1. */
    private static final Duration HEARTBEAT_V1 = Duration.ofSeconds(5);

    private static final Duration SILENCE_MAX_V1 = Duration.ofSeconds(30);
    private static final Duration GREETING_TIME_MAX = Duration.ofSeconds(10);
    private static final int SILENT_HEARTBEATS_MAX = 3;

    /**
     * An agent that has just started knows its Ollama a moment later, and is registered with it: without, the gateway would
     * tell clients in between that nobody has their model. One that hangs is not waited for any longer.
     */
    private static final Duration FIRST_LOOK_MAX = Duration.ofSeconds(1);

    private static final long NO_TIMER = -1;

    /**
     * How many jobs run is for people, and gateways count for themselves. What is over sooner is not told at all: two messages
     * for each short job would keep the gateway from its first token.
     */
    private static final Duration ACTIVITY_TOLD_AFTER = Duration.ofMillis(50);

    /** A close frame holds no more. */
    private static final int REASON_BYTES_MAX = 123;

    /** What the session's owner has to do. */
    interface Owner {

        /** The gateway has confirmed the registration. */
        void registered(int protocol);

        /** The session is over, and was over already when this is called. Called once. */
        void ended(CloseReason reason);
    }

    /** What all sessions of one agent have in common. */
    record Surroundings(
            Vertx vertx,
            Context loop,
            MessageCodec codec,
            AgentProfile profile,
            List<ModelName> configuredModels,
            JobBridge bridge) {
        Surroundings {
            configuredModels = List.copyOf(configuredModels);
        }
    }

    /** How far the conversation is. */
    private sealed interface Stage {

        /** The gateway has not said anything yet. */
        record Silent() implements Stage {}

        /** @param told the models that were registered; null before that */
        record Prompts(@Nullable List<ModelName> told) implements Stage {}

        /** The agent registers as soon as Ollama was looked at. */
        record Welcomed(WelcomeV2 terms) implements Stage {}

        record Tunnel(WelcomeV2 terms, ToldState told) implements Stage {}

        record Over() implements Stage {}
    }

    private final Surroundings around;
    private final WebSocketClientConnection connection;
    private final Owner owner;
    private final Outbox outbox;
    private final long beganNanos = System.nanoTime();
    private Stage stage = new Stage.Silent();
    private OllamaSnapshot ollama;
    private Room room;
    private OptionalLong drainedUntilMillis = OptionalLong.empty();
    private boolean leftDrained;
    private long heardNanos = System.nanoTime();
    private Duration silenceMax = GREETING_TIME_MAX;
    private long heartbeatTimer = NO_TIMER;
    private long activityTimer = NO_TIMER;
    private long firstLookTimer = NO_TIMER;
    private Activity toldActivity = Activity.IDLE;
    private boolean activityDue;
    private boolean confirmed;
    private boolean unknownTypeLogged;

    GatewaySession(
            Surroundings around, WebSocketClientConnection connection, OllamaSnapshot ollama, Room room, Owner owner) {
        this.around = around;
        this.connection = connection;
        this.ollama = ollama;
        this.room = room;
        this.owner = owner;
        outbox = new Outbox(
                around.codec(),
                connection::sendText,
                task -> around.loop().runOnContext(now -> task.run()),
                around.bridge()::repliesWritable);
        beatEvery(HEARTBEAT_V1);
    }

    void signOfLife() {
        heardNanos = System.nanoTime();
    }

    void binaryFrame() {
        close(CloseCode.BINARY_FRAME, "binary frames are not part of the protocol");
    }

    void textFrame(String frame) {
        signOfLife();
        if (stage instanceof Stage.Over) {
            return;
        }
        switch (around.codec().decodeGatewayMessage(frame)) {
            case Decoded.Known<GatewayMessage>(GatewayMessage message) -> handle(message);
            case Decoded.UnknownType<GatewayMessage>(String type) -> {
                if (!unknownTypeLogged) {
                    unknownTypeLogged = true;
                    LOG.infof("the gateway sent a message of the unknown type '%s'; it is ignored", type);
                }
            }
            case Decoded.Malformed<GatewayMessage>(CloseCode code, String reason) -> {
                LOG.warnf(
                        "the gateway sent a malformed message (%s); closing the connection with %d",
                        reason, code.number());
                close(code, reason);
            }
        }
    }

    /** The peer, or the network, has ended the connection. */
    void closed(CloseReason reason) {
        end(reason);
    }

    /** Ollama is not what it was. */
    void ollamaChanged(OllamaSnapshot now) {
        ollama = now;
        tellState();
    }

    /** The machine's room is not what it was. */
    void roomChanged(Room now) {
        room = now;
        tellState();
    }

    /**
     * A job began, ended or was told, or the agent takes no more, or takes jobs again. Looked at at the end of this turn of
     * the event loop: a job's request is on its way to Ollama first, and a job that makes place for another is told once.
     */
    void activityChanged() {
        if (!activityDue) {
            activityDue = true;
            around.loop().runOnContext(endOfTurn -> {
                activityDue = false;
                tellActivity();
                leaveWhenDrained();
            });
        }
    }

    private void tellActivity() {
        boolean canWait = stage instanceof Stage.Tunnel(WelcomeV2 _, ToldState told)
                && told.draining() == around.bridge().takesNoMore();
        if (!canWait) {
            tellState();
        } else if (activityTimer == NO_TIMER) {
            activityTimer = around.vertx().setTimer(ACTIVITY_TOLD_AFTER.toMillis(), due -> {
                activityTimer = NO_TIMER;
                tellState();
            });
        }
    }

    /** Ends the session from our side. */
    void close(CloseCode code, String reason) {
        CloseReason told = new CloseReason(code.number(), shortened(reason));
        if (!(stage instanceof Stage.Over) && !connection.isClosed()) {
            connection.close(told).subscribe().with(done -> {}, gone -> {});
        }
        end(told);
    }

    /** How long the gateway wants to be left alone, once it has asked for a drain. */
    OptionalLong drainedUntilMillis() {
        return drainedUntilMillis;
    }

    /** Whether the session ended because the gateway had asked for a drain, and all that it was owed was told. */
    boolean leftDrained() {
        return leftDrained;
    }

    private void handle(GatewayMessage message) {
        switch (message) {
            case WelcomeV1 welcome -> welcome();
            case WelcomeV2 welcome -> welcome(welcome);
            case Registered registered -> registered();
            case Job job -> take(job);
            case JobPart part -> around.bridge().part(part);
            case Cancel cancel -> around.bridge().cancel(cancel, outbox);
            case Ack ack -> around.bridge().acknowledged(ack);
            case Resume resume -> around.bridge().resume(resume, outbox);
            case Drain drain -> {
                drainedUntilMillis = OptionalLong.of(Math.max(0, drain.reconnectAfterMs()));
                leaveWhenDrained();
            }
        }
    }

    private void welcome() {
        if (stage instanceof Stage.Silent) {
            // Version 1 cannot ask for what another gateway had asked for.
            around.bridge().abandonAll();
            stage = new Stage.Prompts(null);
            silenceMax = SILENCE_MAX_V1;
            tellState();
        }
    }

    private void welcome(WelcomeV2 terms) {
        if (!(stage instanceof Stage.Silent)) {
            return;
        }
        Duration heartbeat = Duration.ofMillis(terms.heartbeatMs());
        silenceMax = heartbeat.multipliedBy(SILENT_HEARTBEATS_MAX);
        beatEvery(heartbeat);
        if (terms.plainLines()) {
            outbox.sendPlainLines();
        }
        stage = new Stage.Welcomed(terms);
        tellState();
        if (stage instanceof Stage.Welcomed) {
            firstLookTimer = around.vertx().setTimer(FIRST_LOOK_MAX.toMillis(), late -> {
                if (stage instanceof Stage.Welcomed) {
                    register(terms);
                }
            });
        }
    }

    private void register(WelcomeV2 terms) {
        AgentProfile profile = around.profile();
        outbox.send(new RegisterV2(
                profile.agentId(),
                profile.instanceId(),
                profile.name(),
                profile.version(),
                profile.slots(),
                profile.labels(),
                ollama.version(),
                ollama.catalog(),
                ollama.loaded(),
                around.bridge().resumable(terms.gatewayId()),
                profile.operations().stream().map(Operation::wireName).sorted().toList(),
                room.equals(Room.UNKNOWN) ? null : room));
        stage = new Stage.Tunnel(
                terms, new ToldState(0, ollama.catalog(), ollama.loaded(), false, true, room, ollama.version()));
        tellState();
    }

    private void registered() {
        if (!confirmed) {
            confirmed = true;
            owner.registered(stage instanceof Stage.Tunnel ? ProtocolVersion.TUNNEL : ProtocolVersion.PROMPTS);
        }
    }

    private void take(Job job) {
        switch (job) {
            case OllamaJob ollamaJob
            when stage instanceof Stage.Tunnel(WelcomeV2 terms, ToldState _) ->
                around.bridge().take(ollamaJob, drainedUntilMillis.isPresent(), jobTerms(terms), outbox);
            case PromptJob promptJob
            when stage instanceof Stage.Prompts -> around.bridge().take(promptJob, outbox);
            case OllamaJob other -> refuse(other);
            case PromptJob other -> refuse(other);
        }
    }

    /** The gateway waits for its window from when it notices a drop, which is up to three heartbeats later than we do. */
    private static Terms jobTerms(WelcomeV2 terms) {
        Duration kept = terms.resumeWindowMs() == 0
                ? Duration.ZERO
                : Duration.ofMillis(terms.resumeWindowMs() + SILENT_HEARTBEATS_MAX * terms.heartbeatMs());
        return new Terms(terms.gatewayId(), terms.windowLines(), terms.windowBytes(), kept);
    }

    private void refuse(Job job) {
        outbox.send(JobError.of(
                job.jobId(), new JobFailure.BadRequest("the job is not of the protocol version of this connection")));
    }

    private void tellState() {
        switch (stage) {
            case Stage.Silent silent -> {}
            case Stage.Welcomed(WelcomeV2 terms) -> {
                if (ollama.isKnown()) {
                    register(terms);
                }
            }
            case Stage.Over over -> {}
            case Stage.Prompts(List<ModelName> told) -> tellStateV1(told);
            case Stage.Tunnel(WelcomeV2 terms, ToldState told) -> {
                ToldState now = new ToldState(
                        around.bridge().active(),
                        ollama.catalog(),
                        ollama.loaded(),
                        around.bridge().takesNoMore(),
                        ollama.up(),
                        room,
                        ollama.version());
                stage = new Stage.Tunnel(terms, now);
                told.changesTo(now).ifPresent(outbox::send);
            }
        }
    }

    private void tellStateV1(@Nullable List<ModelName> told) {
        Activity activity = around.bridge().active() == 0 ? Activity.IDLE : Activity.BUSY;
        if (activity != toldActivity) {
            toldActivity = activity;
            outbox.send(Status.of(activity));
        }
        List<ModelName> served = around.configuredModels().isEmpty()
                ? ollama.catalog().stream().map(OllamaModel::name).toList()
                : around.configuredModels();
        // The seed's server compares names as texts.
        List<ModelName> models =
                served.stream().flatMap(name -> name.spellings().stream()).toList();
        // In version 1 an empty list means any model, so it is never said; and registering again resets the server's
        // notion of a busy agent, so it is said when idle.
        if (!models.isEmpty() && activity == Activity.IDLE && !models.equals(told)) {
            stage = new Stage.Prompts(models);
            outbox.send(new RegisterV1(models));
        }
    }

    private void leaveWhenDrained() {
        if (drainedUntilMillis.isPresent()
                && !(stage instanceof Stage.Over)
                && around.bridge().quiet()) {
            leftDrained = true;
            close(CloseCode.NORMAL, "drained");
        }
    }

    private void beatEvery(Duration interval) {
        around.vertx().cancelTimer(heartbeatTimer);
        heartbeatTimer = around.vertx().setPeriodic(interval.toMillis(), beat -> beat());
    }

    private void beat() {
        if (System.nanoTime() - heardNanos > silenceMax.toNanos()
                || (stage instanceof Stage.Silent && System.nanoTime() - beganNanos > GREETING_TIME_MAX.toNanos())) {
            String silence = "nothing heard for " + silenceMax.toMillis() + " ms";
            close(CloseCode.GOING_AWAY, silence);
            return;
        }
        if (stage instanceof Stage.Prompts) {
            outbox.send(new Heartbeat((double) System.currentTimeMillis()));
        }
        connection.sendPing(Buffer.buffer("agent")).subscribe().with(done -> {}, gone -> {});
    }

    private void end(CloseReason reason) {
        if (!(stage instanceof Stage.Over)) {
            stage = new Stage.Over();
            outbox.close();
            around.vertx().cancelTimer(heartbeatTimer);
            around.vertx().cancelTimer(activityTimer);
            around.vertx().cancelTimer(firstLookTimer);
            owner.ended(reason);
        }
    }

    private static String shortened(String reason) {
        String shown = reason;
        while (shown.getBytes(UTF_8).length > REASON_BYTES_MAX) {
            shown = shown.substring(0, shown.length() - 1);
        }
        return shown;
    }
}
