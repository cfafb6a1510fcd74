package org.ollamaorchestrator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.AgentMessage.Register;
import org.ollamaorchestrator.protocol.GatewayId;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Registered;
import org.ollamaorchestrator.protocol.GatewayMessage.Welcome;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV1;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV2;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.codec.Decoded;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/** A gateway that says what a test makes it say, and remembers all that it hears. */
final class FakeGateway implements AutoCloseable {

    static final Duration BOUND = Duration.ofSeconds(10);
    static final AgentId GIVEN = new AgentId("0123456789abcdef0123456789abcdef");

    private final Vertx vertx = Vertx.vertx();
    private final MessageCodec codec = new MessageCodec();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final List<String> enrolments = new CopyOnWriteArrayList<>();
    private volatile Welcome welcome;
    private volatile BiConsumer<Connection, AgentMessage> onHeard = (connection, message) -> {};
    private volatile int enrolmentStatus = 404;
    private volatile String enrolmentAnswer = "";
    private volatile HttpServer server;
    private final int port;

    FakeGateway(Welcome welcome) {
        this.welcome = welcome;
        server = listen(0);
        port = server.actualPort();
    }

    static FakeGateway ofVersion1() {
        return new FakeGateway(new WelcomeV1(GIVEN, 1));
    }

    static FakeGateway ofVersion2() {
        return withTerms(5_000, 256, 1024 * 1024);
    }

    static FakeGateway withTerms(long heartbeatMs, int windowLines, int windowBytes) {
        return new FakeGateway(
                new WelcomeV2(GIVEN, 1, new GatewayId("g1"), heartbeatMs, 0, windowLines, windowBytes, null, false));
    }

    /** One that resumes the jobs of a dropped connection. */
    static FakeGateway resuming(Duration window, int windowLines, int windowBytes) {
        return new FakeGateway(resumingWelcome("g1", window, windowLines, windowBytes));
    }

    static WelcomeV2 resumingWelcome(String gatewayId, Duration window, int windowLines, int windowBytes) {
        return new WelcomeV2(
                GIVEN, 1, new GatewayId(gatewayId), 1_000, window.toMillis(), windowLines, windowBytes, null, true);
    }

    /** What new connections are welcomed with from now on. */
    void welcomeWith(Welcome other) {
        welcome = other;
    }

    /** What whoever enrols is answered from now on. */
    void enrolsWith(int status, String answer) {
        enrolmentAnswer = answer;
        enrolmentStatus = status;
    }

    /** Who has enrolled: method, path and credential of each. */
    List<String> enrolments() {
        return List.copyOf(enrolments);
    }

    /** What is done after each message that was heard, on its connection's own thread. */
    void onHeard(BiConsumer<Connection, AgentMessage> what) {
        onHeard = what;
    }

    String url() {
        return "ws://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    int connections() {
        return connections.size();
    }

    /** The n-th connection, from 1, once it has registered. */
    Connection registered(int number) {
        await().atMost(BOUND).until(() -> connections.size() >= number);
        Connection connection = connections.get(number - 1);
        connection.awaitOne(Register.class, any -> true);
        return connection;
    }

    Connection connected(int number) {
        await().atMost(BOUND).until(() -> connections.size() >= number);
        return connections.get(number - 1);
    }

    void stopListening() {
        join(server.close());
    }

    void listenAgain() {
        server = listen(port);
    }

    @Override
    public void close() {
        join(vertx.close());
    }

    private HttpServer listen(int wanted) {
        HttpServerOptions options = new HttpServerOptions().setHost("127.0.0.1").setPort(wanted);
        return join(vertx.createHttpServer(options)
                .requestHandler(request -> {
                    if (HttpMethod.POST.equals(request.method())) {
                        enrol(request);
                    } else {
                        request.toWebSocket()
                                .onSuccess(socket -> connections.add(new Connection(request.connection(), socket)));
                    }
                })
                .listen());
    }

    private void enrol(HttpServerRequest request) {
        enrolments.add(request.method() + " " + request.path() + " " + request.getHeader("Authorization"));
        request.response().setStatusCode(enrolmentStatus).end(enrolmentAnswer).onFailure(gone -> {});
    }

    static <T> T join(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    /** One connection of an agent. */
    final class Connection {

        private final HttpConnection tcp;
        private final ServerWebSocket socket;
        private final List<AgentMessage> heard = new CopyOnWriteArrayList<>();
        private volatile int greatestFrame;
        private volatile boolean cut;

        Connection(HttpConnection tcp, ServerWebSocket socket) {
            this.tcp = tcp;
            this.socket = socket;
            socket.textMessageHandler(this::onText);
            say(welcome);
        }

        Optional<String> header(String name) {
            return Optional.ofNullable(socket.headers().get(name));
        }

        int greatestFrame() {
            return greatestFrame;
        }

        void say(GatewayMessage message) {
            sayRaw(codec.encode(message));
        }

        void sayRaw(String frame) {
            socket.writeTextMessage(frame).onFailure(gone -> {});
        }

        void sayBinary() {
            socket.writeBinaryMessage(Buffer.buffer("x")).onFailure(gone -> {});
        }

        /** Reads nothing more, so neither pings nor a close are answered. */
        void deafen() {
            ((ConnectionBase) tcp).channel().config().setAutoRead(false);
        }

        void drop() {
            close(1011);
        }

        void close(int code) {
            socket.close((short) code).onFailure(gone -> {});
        }

        /** Ends the TCP connection without a word; what comes after that is not heard. */
        void cut() {
            cut = true;
            var _ = ((ConnectionBase) tcp).channel().close();
        }

        int closeCode() {
            await().atMost(BOUND).until(() -> socket.closeStatusCode() != null);
            return socket.closeStatusCode();
        }

        void chat(String jobId, String request) {
            say(new OllamaJob(
                    new JobId(jobId), new ModelName("simulated"), "chat", new RawJson(request), null, null, null));
        }

        List<AgentMessage> heard() {
            return List.copyOf(heard);
        }

        <M extends AgentMessage> List<M> heard(Class<M> type) {
            return heard.stream().filter(type::isInstance).map(type::cast).toList();
        }

        <M extends AgentMessage> M awaitOne(Class<M> type, Predicate<M> wanted) {
            await().atMost(BOUND)
                    .untilAsserted(() -> assertThat(heard(type))
                            .as("heard so far: %s", heard)
                            .anyMatch(wanted));
            return heard(type).stream().filter(wanted).findFirst().orElseThrow();
        }

        JobComplete completed(String jobId) {
            return awaitOne(JobComplete.class, end -> end.jobId().value().equals(jobId));
        }

        JobError failed(String jobId) {
            return awaitOne(JobError.class, end -> end.jobId().value().equals(jobId));
        }

        /** All whole lines of a job so far; checks that their numbers have no gap. */
        List<String> lines(String jobId) {
            List<String> lines = new ArrayList<>();
            StringBuilder longLine = new StringBuilder();
            for (AgentMessage message : heard) {
                if (message instanceof Lines(JobId id, long seq, List<String> some)
                        && id.value().equals(jobId)) {
                    assertThat(seq).isEqualTo(lines.size() + 1L);
                    lines.addAll(some);
                }
                if (message instanceof LinePart(JobId id, long seq, int part, boolean more, String data)
                        && id.value().equals(jobId)) {
                    assertThat(seq).isEqualTo(lines.size() + 1L);
                    longLine.append(data);
                    if (!more) {
                        lines.add(longLine.toString());
                        longLine.setLength(0);
                    }
                }
            }
            return lines;
        }

        private void onText(String frame) {
            if (cut) {
                return;
            }
            greatestFrame = Math.max(greatestFrame, frame.getBytes(UTF_8).length);
            switch (codec.decodeAgentMessage(frame)) {
                case Decoded.Known<AgentMessage>(AgentMessage message) -> {
                    heard.add(message);
                    if (message instanceof Register) {
                        say(new Registered(GIVEN, 1));
                    }
                    onHeard.accept(this, message);
                }
                case Decoded.UnknownType<AgentMessage>(String type) -> throw new AssertionError("unknown type " + type);
                case Decoded.Malformed<AgentMessage>(var code, String reason) ->
                    throw new AssertionError(code + " " + reason);
            }
        }
    }
}
