package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who can reach a gateway, by what its owner has set. */
@SystemTest
class ExposureIT {
    private static final InetAddress THIS_MACHINE = InetAddress.ofLiteral("127.0.0.1");

    /** Belongs to this machine too; only who listens on all addresses listens there. */
    private static final InetAddress ANY_OTHER_ADDRESS = InetAddress.ofLiteral("127.0.0.2");

    private static boolean reaches(InetAddress address, int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), (int) Patience.FOR_AN_EVENT.toMillis());
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static String exposure(Gateway gateway) {
        return Http.get(gateway.port(), "/q/health/ready")
                .json()
                .path("checks")
                .valueStream()
                .map(check -> check.path("data").path("exposure").asText())
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    @Test
    void without_keys_every_port_is_for_this_machine_alone_and_the_log_and_health_say_so() {
        try (Gateway gateway = Gateway.start()) {
            for (int port : List.of(gateway.port(), gateway.agentsPort(), gateway.managementPort())) {
                assertThat(reaches(THIS_MACHINE, port)).isTrue();
                assertThat(reaches(ANY_OTHER_ADDRESS, port)).isFalse();
            }
            assertThat(exposure(gateway)).startsWith("loopback only; any client");
            assertThat(gateway.process().log()).contains("listening on 127.0.0.1: loopback only; any client");
        }
    }

    @Test
    void with_keys_clients_and_agents_come_from_everywhere_and_operators_do_not() {
        IssuedKey key = IssuedKey.random();
        try (Gateway gateway = Gateway.start("-Dorchestrator.keys.someone.hash=" + key.hash())) {
            assertThat(reaches(ANY_OTHER_ADDRESS, gateway.port())).isTrue();
            assertThat(reaches(ANY_OTHER_ADDRESS, gateway.agentsPort())).isTrue();
            assertThat(reaches(ANY_OTHER_ADDRESS, gateway.managementPort())).isFalse();
            assertThat(exposure(gateway))
                    .startsWith("open to the network; clients need an API key; agents may join from this machine only");
            assertThat(Http.get(gateway.port(), "/drain").status()).isEqualTo(401);
            assertThat(Http.get(gateway.managementPort(), "/drain").status()).isEqualTo(200);
        }
    }

    @Test
    void insecure_is_loud() {
        try (Gateway gateway = Gateway.start("-Dorchestrator.insecure=true")) {
            assertThat(reaches(ANY_OTHER_ADDRESS, gateway.port())).isTrue();
            assertThat(exposure(gateway)).startsWith("open to the network; any client");
            assertThat(gateway.process().logLines())
                    .anyMatch(line -> line.contains("WARN") && line.contains("open to the network; any client"));
        }
    }

    @Test
    void open_to_everybody_by_accident_does_not_start() {
        try (ServiceProcess gateway = ServiceProcess.jar(
                "gateway-open",
                Packaged.gateway(),
                List.of(
                        "-Dquarkus.http.host=0.0.0.0",
                        "-Dquarkus.http.port=" + Ports.free(),
                        "-Dorchestrator.agents.port=" + Ports.free(),
                        "-Dquarkus.management.port=" + Ports.free()),
                List.of(),
                Map.of())) {
            assertThat(gateway.exitCode()).isNotZero();
            assertThat(gateway.log()).contains("nobody would have to prove who they are", "orchestrator.insecure=true");
        }
    }
}
