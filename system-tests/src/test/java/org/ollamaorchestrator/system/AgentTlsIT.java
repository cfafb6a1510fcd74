package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Agents over TLS, with a private authority: who trusts whom, and who is who. */
@SystemTest
class AgentTlsIT {
    private final Authority authority = new Authority("ours");
    private final Authority stranger = new Authority("a stranger");
    private final Path serverStore = authority.issue("gateway", "ip:127.0.0.1", "dns:localhost");
    private final Path boxStore = authority.issue("gaming-pc");

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", Fleet.SHARED);

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** The file that the gateway has its certificate from. */
    private final Path gatewaysStore = AdministeredGateway.freshFolder("tls").resolve("server.p12");

    @BeforeAll
    void awaitOllama() {
        simulator.awaitReady();
    }

    @AfterEach
    void stopAll() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        opened.clear();
    }

    @Test
    void an_agent_that_trusts_the_authority_enrols_and_works_over_wss() {
        AdministeredGateway gateway = gateway();
        Agent agent = agent(
                gateway,
                "box-1",
                trusting(authority),
                List.of(
                        "-Dorchestrator.state-dir=" + AdministeredGateway.freshFolder("state"),
                        "-Dorchestrator.enrolment-token=" + gateway.enrolmentFor("anna")));

        agent.awaitUsable(gateway.gateway());

        assertThat(gateway.gateway().process().log()).contains("agents connect to wss://");
    }

    @Test
    void a_gateway_whose_authority_is_not_trusted_or_whose_certificate_is_for_another_host_gets_no_token() {
        AdministeredGateway gateway = gateway();
        List<String> token = List.of("-Dorchestrator.token=" + gateway.tokenFor("bert"));
        Agent distrusting = agent(gateway, "box-2", trusting(stranger), token);
        Agent elsewhere =
                agentAt("wss://127.0.0.2:" + gateway.gateway().agentsPort(), "box-3", trusting(authority), token);
        Agent enrolling = agent(
                gateway,
                "box-4",
                trusting(stranger),
                List.of(
                        "-Dorchestrator.state-dir=" + AdministeredGateway.freshFolder("state"),
                        "-Dorchestrator.enrolment-token=" + gateway.enrolmentFor("carl")));

        for (Agent agent : List.of(distrusting, elsewhere, enrolling)) {
            awaitSaid(agent, "no connection to the gateway");
            assertThat(agent.process().isAlive()).isTrue();
        }
        assertThat(gateway.gateway().totals().total()).isZero();
        assertThat(gateway.credential("carl").orElseThrow().has("enrolmentExpires"))
                .as("whether the enrolment token is still good")
                .isTrue();
    }

    @Test
    void a_client_certificate_of_the_authority_is_an_agents_credential_by_its_common_name() {
        AdministeredGateway gateway = gateway(mutual("required"));
        Agent right = agent(gateway, "box-5", certified(boxStore), List.of());
        Agent wrong = agent(gateway, "box-6", certified(stranger.issue("gaming-pc")), List.of());
        Agent none = agent(gateway, "box-7", trusting(authority), List.of());

        right.awaitUsable(gateway.gateway());

        awaitSaid(wrong, "no connection to the gateway");
        awaitSaid(none, "no connection to the gateway");
        assertThat(gateway.gateway().totals().total()).isEqualTo(1);
        Patience.untilHolds(
                "it to be listed",
                () -> assertThat(gateway.credential("gaming-pc")).hasValueSatisfying(known -> {
                    assertThat(known.path("source").asText()).isEqualTo("certificate");
                    assertThat(known.path("agentId").asText()).isEqualTo("box-5");
                }));
        // The id is that certificate's, and no other's; and its name can be revoked.
        right.kill();
        Agent other = agent(gateway, "box-5", certified(authority.issue("laptop")), List.of());
        awaitSaid(other, "4003");
        right.relaunch();
        right.awaitUsable(gateway.gateway());
        gateway.revoke("gaming-pc");
        awaitSaid(right, "4401");
        awaitSaid(right, "it refused the connection (HTTP 401)");
    }

    @Test
    void where_a_certificate_is_asked_for_and_not_required_a_token_will_do_and_nothing_will_not() {
        AdministeredGateway gateway = gateway(mutual("request"));
        Agent byToken = agent(
                gateway, "box-8", trusting(authority), List.of("-Dorchestrator.token=" + gateway.tokenFor("dora")));
        Agent byNothing = agent(gateway, "box-9", trusting(authority), List.of());

        byToken.awaitUsable(gateway.gateway());

        awaitSaid(byNothing, "it refused the connection (HTTP 401)");
    }

    @Test
    void a_renewed_certificate_is_in_use_without_a_restart_and_who_is_connected_stays() {
        int clientsPort = Ports.free();
        AdministeredGateway gateway = gateway(
                "-Dquarkus.tls.agents.reload-period=1s",
                "-Dquarkus.http.ssl-port=" + clientsPort,
                "-Dquarkus.http.tls-configuration-name=agents");
        String token = gateway.tokenFor("emil");
        Agent connected = agent(gateway, "box-10", trusting(authority), List.of("-Dorchestrator.token=" + token));
        connected.awaitUsable(gateway.gateway());

        Authority.replace(gatewaysStore, stranger.issue("gateway", "ip:127.0.0.1"));

        Patience.until(
                "the gateway to have read it",
                () -> gateway.gateway().process().log().contains("the agents' port has the new certificate"));
        Agent later = agent(
                gateway, "box-11", trusting(stranger), List.of("-Dorchestrator.token=" + gateway.tokenFor("frida")));
        later.awaitUsable(gateway.gateway());
        Patience.until(
                "the clients' port to have it too",
                () -> Authority.servedAt(clientsPort).contains("Issuer: CN=a stranger"));
        assertThat(gateway.gateway().takesJobs("box-10")).isTrue();
        assertThat(connected.process().log()).doesNotContain("no connection to the gateway");
    }

    private AdministeredGateway gateway(String... more) {
        Authority.replace(gatewaysStore, serverStore);
        List<String> options = new ArrayList<>(List.of(
                "-Dorchestrator.agents.tls-configuration-name=agents",
                "-Dquarkus.tls.agents.key-store.p12.path=" + gatewaysStore,
                "-Dquarkus.tls.agents.key-store.p12.password=" + Authority.PASSWORD));
        options.addAll(List.of(more));
        AdministeredGateway gateway = AdministeredGateway.start(options.toArray(String[]::new));
        opened.add(gateway);
        return gateway;
    }

    private String[] mutual(String clientCertificates) {
        return new String[] {
            "-Dorchestrator.agents.client-certificates=" + clientCertificates,
            "-Dquarkus.tls.agents.trust-store.pem.certs=" + authority.certificate()
        };
    }

    private static List<String> trusting(Authority authority) {
        return List.of("-Dquarkus.tls.trust-store.pem.certs=" + authority.certificate());
    }

    /** By a configuration of its own, that has a name. */
    private List<String> certified(Path store) {
        return List.of(
                "-Dorchestrator.tls-configuration-name=gateway",
                "-Dquarkus.tls.gateway.trust-store.pem.certs=" + authority.certificate(),
                "-Dquarkus.tls.gateway.key-store.p12.path=" + store,
                "-Dquarkus.tls.gateway.key-store.p12.password=" + Authority.PASSWORD);
    }

    private Agent agent(AdministeredGateway gateway, String name, List<String> tls, List<String> options) {
        return agentAt("wss://127.0.0.1:" + gateway.gateway().agentsPort(), name, tls, options);
    }

    private Agent agentAt(String url, String name, List<String> tls, List<String> options) {
        List<String> all = new ArrayList<>(tls);
        all.addAll(options);
        all.add("-Dorchestrator.reconnect.max=500ms");
        Agent agent = Agent.launch(name, url, simulator.url(), all);
        opened.add(agent);
        return agent;
    }

    private static void awaitSaid(Agent agent, String text) {
        Patience.within(
                Patience.FOR_A_START,
                agent.name() + " to say: " + text,
                () -> agent.process().log().contains(text));
    }
}
