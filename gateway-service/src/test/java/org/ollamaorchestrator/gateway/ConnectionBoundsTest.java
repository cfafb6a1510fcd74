package org.ollamaorchestrator.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** Connections that cost a place and ask for nothing, on both ports. */
@QuarkusTest
@TestProfile(ConnectionBoundsTest.ShortPatience.class)
@NullMarked
class ConnectionBoundsTest extends WithFakeAgents {

    private static final int PER_ADDRESS = 8;

    private static final int MAX_CONCURRENT_STREAMS = 3;

    private static final String HEALTH = "GET /q/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static final String LINE =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}";
    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}";

    @TestHTTPResource(value = "/health", management = true)
    URL management;

    public static final class ShortPatience implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "orchestrator.clients.connections-per-address-max", String.valueOf(PER_ADDRESS),
                    "orchestrator.clients.head-within", "1s",
                    "orchestrator.clients.idle-max", "1s",
                    "orchestrator.agents.connections-per-address-max", "3",
                    "orchestrator.agents.register-within", "1s");
        }
    }

    /** A connection, as bare as it comes. */
    private record Line(Socket socket) implements AutoCloseable {

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(US_ASCII));
        }

        /** Reads until that has come. */
        void awaitText(String text) throws IOException {
            var seen = new StringBuilder();
            while (seen.indexOf(text) < 0) {
                int next = socket.getInputStream().read();
                assertThat(next).as("the connection goes on after: %s", seen).isNotNegative();
                seen.append((char) next);
            }
        }

        /** Reads to the end, which has to come. */
        String rest() throws IOException {
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readAllBytes(), US_ASCII);
            } catch (SocketException reset) {
                return "";
            }
        }

        boolean isRefused() {
            try {
                send(HEALTH);
                return socket.getInputStream().read() < 0;
            } catch (IOException reset) {
                return true;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private Line line(int port) {
        try {
            var socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(10_000);
            return closedAfterwards(new Line(socket));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The bounds hold as soon as the gateway listens, but for a moment that a test could fall into. */
    @BeforeEach
    void watched() {
        await().untilAsserted(() -> assertThat(line(url.getPort()).rest()).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET / HTTP/1.1\r\nHost: localhost\r\nX-One: 1\r\n"})
    void whoever_sends_no_whole_head_is_closed_without_an_answer(String begun) throws IOException {
        for (int port : new int[] {url.getPort(), agentsPort.port(), management.getPort()}) {
            Line slow = line(port);
            slow.send(begun);

            assertThat(slow.rest()).isEmpty();
        }
    }

    @Test
    void a_connection_of_http2_has_a_bound_on_its_streams_and_no_more_time_for_its_first_request() throws IOException {
        byte[] emptySettings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
        Line line = line(url.getPort());
        line.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        line.socket().getOutputStream().write(emptySettings);

        byte[] said = line.socket().getInputStream().readAllBytes();

        assertThat(settingsOf(said)).containsEntry(MAX_CONCURRENT_STREAMS, 100);
    }

    /** The first frame of HTTP/2, which tells the settings: pairs of a number of 16 bits and a value of 32. */
    private static Map<Integer, Integer> settingsOf(byte[] said) {
        ByteBuffer frame = ByteBuffer.wrap(said);
        int length = frame.getShort() << 8 | Byte.toUnsignedInt(frame.get());
        assertThat(frame.get()).as("a frame of settings").isEqualTo((byte) 4);
        frame.position(frame.position() + 5);
        var settings = new HashMap<Integer, Integer>();
        for (int i = 0; i < length / 6; i++) {
            settings.put((int) frame.getShort(), frame.getInt());
        }
        return settings;
    }

    @Test
    void a_connection_that_is_not_used_is_closed_after_its_answer() throws IOException {
        Line used = line(url.getPort());
        used.send(HEALTH);
        used.awaitText("200 OK");
        used.send(HEALTH);

        assertThat(used.rest()).contains("200 OK");
    }

    @Test
    void a_stream_goes_on_for_longer_than_all_of_these_bounds() throws Exception {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        Line client = line(url.getPort());
        String body = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        client.send(
                "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        OllamaJob job = agent.await(OllamaJob.class);
        agent.sayLines(job.jobId(), 1, LINE);
        client.awaitText("\"content\":\"a\"");
        Line silent = line(url.getPort());
        Line idle = line(url.getPort());
        idle.send(HEALTH);

        assertThat(silent.rest()).isEmpty();
        assertThat(idle.rest()).contains("200 OK");

        agent.sayLines(job.jobId(), 2, LAST);
        agent.say(new JobComplete(job.jobId(), 2L));
        client.awaitText("\"done\":true");
        assertThat(agent.isOpen()).isTrue();
    }

    @Test
    void one_address_has_its_bound_and_each_place_comes_back() throws IOException {
        List<Line> all = new ArrayList<>();
        for (int i = 0; i < PER_ADDRESS; i++) {
            Line line = line(url.getPort());
            line.send(HEALTH);
            line.awaitText("\"status\"");
            all.add(line);
        }

        assertThat(line(url.getPort()).isRefused()).isTrue();

        all.getFirst().close();
        await().untilAsserted(() ->
                assertThat(line(url.getPort()).isRefused()).as("refused").isFalse());
    }

    @Test
    void the_agents_port_has_a_bound_of_its_own() {
        FakeAgent first = agent("a", 1, "tiny:latest");
        FakeAgent second = agent("b", 1, "tiny:latest");
        FakeAgent third = agent("c", 1, "tiny:latest");

        assertThat(line(agentsPort.port()).isRefused()).isTrue();
        assertThat(line(url.getPort()).isRefused()).isFalse();
        assertThat(List.of(first, second, third)).allMatch(FakeAgent::isOpen);
    }

    @Test
    void an_agent_that_does_not_register_is_closed_and_one_that_does_stays() {
        FakeAgent registered = agent("a", 1, "tiny:latest");

        assertThat(silentAgent("/").awaitClose()).isEqualTo(CloseCode.BAD_MESSAGE.number());
        assertThat(silentAgent("/agents").awaitClose()).isEqualTo(CloseCode.BAD_MESSAGE.number());
        assertThat(registered.isOpen()).isTrue();
    }
}
