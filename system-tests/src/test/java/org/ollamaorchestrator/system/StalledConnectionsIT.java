package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A thousand connections that stall in whatever phase of a request, and one client that only wants its answer. */
@SystemTest
class StalledConnectionsIT {
    private static final int CONNECTIONS = 1_000;

    /** Within the bound that the port has for one address. */
    private static final int AGENTS_CONNECTIONS = 900;

    private static final List<String> STALLED = List.of(
            "",
            "POST /api/chat",
            "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"model\":",
            "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"mod",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .gatewayOption("-Dorchestrator.clients.head-within=5s")
            .gatewayOption("-Dorchestrator.clients.body-within=5s")
            .gatewayOption("-Dorchestrator.clients.connections-per-address-max=" + (CONNECTIONS + 50))
            .start();

    private final List<Socket> stalled = new ArrayList<>();

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : stalled) {
            socket.close();
        }
    }

    @Test
    void nobody_else_notices_and_all_of_them_are_closed() throws IOException {
        try (SeedStream before = asks("before")) {
            for (int i = 0; i < CONNECTIONS; i++) {
                stalled.add(stalling(fleet.gateway().port(), STALLED.get(i % STALLED.size())));
            }

            for (int i = 0; i < 20; i++) {
                try (SeedStream meanwhile = asks("meanwhile " + i)) {
                    assertThat(meanwhile.text()).isNotEmpty();
                }
            }
            assertThat(before.text()).isNotEmpty();
        }

        for (Socket socket : stalled) {
            assertEnds(socket);
        }
        try (SeedStream after = asks("after")) {
            assertThat(after.text()).isNotEmpty();
        }
    }

    @Test
    void the_agents_port_is_no_worse_off() throws IOException {
        for (int i = 0; i < AGENTS_CONNECTIONS; i++) {
            stalled.add(stalling(fleet.gateway().agentsPort(), STALLED.get(i % 3)));
        }

        assertThat(RawAgent.upgradeStatus(fleet.gateway().agentsPort(), "/", Map.of()))
                .isEqualTo(101);
        try (SeedStream meanwhile = asks("meanwhile")) {
            assertThat(meanwhile.text()).isNotEmpty();
        }
        for (Socket socket : stalled) {
            assertEnds(socket);
        }
        fleet.awaitWhole();
    }

    private SeedStream asks(String text) {
        return fleet.client().send(SeedRequest.to(Fleet.SHARED).saying(text));
    }

    private static Socket stalling(int port, String begun) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Patience.FOR_AN_EVENT.toMillis());
        socket.getOutputStream().write(begun.getBytes(US_ASCII));
        return socket;
    }

    /** With an answer that says why, or without one. */
    private static void assertEnds(Socket socket) {
        try (InputStream in = socket.getInputStream()) {
            String answer = new String(in.readAllBytes(), US_ASCII);
            if (answer.startsWith("HTTP/1.1")) {
                assertThat(answer).startsWith("HTTP/1.1 408");
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is still open", e);
        } catch (SocketException reset) {
            assertThat(socket.isConnected()).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
