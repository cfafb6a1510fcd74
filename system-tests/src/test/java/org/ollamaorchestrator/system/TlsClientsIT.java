package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** With TLS and keys on, clients work as before: each is told the authority, the key and an https address. */
@SystemTest
class TlsClientsIT {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    private final Authority authority = new Authority("ours");
    private final int port = Ports.free();
    private final Path store = authority.issue("gateway", "ip:127.0.0.1", "dns:localhost");

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", Fleet.SHARED);

    @AutoClose
    private final AdministeredGateway gateway = AdministeredGateway.start(
            "-Dquarkus.http.ssl-port=" + port,
            "-Dquarkus.http.tls-configuration-name=clients",
            "-Dquarkus.tls.clients.key-store.p12.path=" + store,
            "-Dquarkus.tls.clients.key-store.p12.password=" + Authority.PASSWORD);

    /** On the main port, which has the clients' TLS. */
    @AutoClose
    private final Agent agent = Agent.launch(
            "agent",
            "wss://127.0.0.1:" + port + "/agents",
            simulator.url(),
            List.of(
                    "-Dorchestrator.token=" + gateway.tokenFor("agent"),
                    "-Dquarkus.tls.trust-store.pem.certs=" + authority.certificate()));

    @BeforeAll
    void awaitWhole() {
        simulator.awaitReady();
        agent.awaitUsable(gateway.gateway());
    }

    @Test
    void curl_is_told_the_authority() {
        String bearer = "Authorization: Bearer " + gateway.key();

        assertThat(curl("/v1/chat/completions", bearer, "{\"model\":\"shared\"," + MESSAGES + "}"))
                .contains("chat.completion");
        assertThat(curl(
                        "/v1/messages",
                        "x-api-key: " + gateway.key(),
                        "{\"model\":\"shared\",\"max_tokens\":9,\"stream\":true," + MESSAGES + "}"))
                .contains("message_stop");
        assertThat(curl("/api/chat", bearer, "{\"model\":\"shared\"," + MESSAGES + "}"))
                .contains("\"done\":true");
        assertThat(curl("/v1/chat/completions", "x-no: key", "{}")).contains("an API key is needed");
    }

    @Test
    void curl_that_is_not_told_the_authority_sends_nothing() {
        Tool.Verdict verdict = Tool.run(
                List.of(Optionally.tool("curl", "--version"), "--silent", "--show-error", url() + "/v1/models"));

        assertThat(verdict.isGood()).as("%s", verdict).isFalse();
        assertThat(verdict.said()).contains("certificate");
    }

    @Test
    void the_python_sdks_are_told_the_authority_by_the_environment() {
        String python = SdkTools.python("openai", "anthropic", "ollama");
        Path script = Optionally.resource("/sdk/python/tls.py");
        Map<String, String> environment = Map.of(
                "GATEWAY", url(),
                "KEY", gateway.key(),
                "SSL_CERT_FILE", authority.certificate().toString(),
                "PYTHONDONTWRITEBYTECODE", "1");

        try (ServiceProcess process =
                ServiceProcess.start("sdks-over-tls", List.of(python, script.toString(), "simulator"), environment)) {
            assertThat(process.exitCode(Duration.ofSeconds(60)))
                    .as("%s", process.log())
                    .isZero();
            assertThat(process.log().lines().filter(line -> line.startsWith("ok ")))
                    .containsExactlyInAnyOrder("ok openai", "ok anthropic", "ok ollama");
        }
    }

    private String curl(String path, String header, String body) {
        List<String> command = new ArrayList<>(List.of(
                Optionally.tool("curl", "--version"),
                "--silent",
                "--show-error",
                "--no-buffer",
                "--cacert",
                authority.certificate().toString(),
                url() + path,
                "-H",
                header,
                "-H",
                "Content-Type: application/json",
                "-d",
                body));
        Tool.Verdict verdict = Tool.run(command);
        assertThat(verdict.isGood()).as("%s", verdict).isTrue();
        return verdict.said();
    }

    private String url() {
        return "https://localhost:" + port;
    }
}
