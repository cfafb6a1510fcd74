package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How an agent comes to its own token, keeps it, and loses it. */
@SystemTest
class EnrolmentIT {
    private static final int REFUSED = 403;
    private static final int UNAUTHORIZED = 401;
    private static final Pattern OWN_TOKEN = Pattern.compile("ola_[A-Za-z0-9_-]+");

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", Fleet.SHARED);

    @AutoClose
    private final AdministeredGateway gateway = AdministeredGateway.start();

    private final List<Agent> agents = new ArrayList<>();

    @BeforeAll
    void awaitOllama() {
        simulator.awaitReady();
    }

    @AfterEach
    void stopAgents() {
        agents.forEach(Agent::close);
        agents.clear();
    }

    @Test
    void an_agent_enrols_and_is_the_same_after_restarts_of_both() throws IOException {
        Path state = AdministeredGateway.freshFolder("state");
        Agent agent = enrolling("box-a", state, gateway.enrolmentFor("anna"));
        agent.awaitUsable(gateway.gateway());
        String token = Files.readString(state.resolve("token"));

        agent.relaunch();
        agent.awaitUsable(gateway.gateway());
        gateway.gateway().restart();
        agent.awaitUsable(gateway.gateway());

        assertThat(Files.readString(state.resolve("token"))).isEqualTo(token);
        assertThat(Files.getPosixFilePermissions(state.resolve("token"))).hasSize(2);
        assertThat(gateway.credential("anna")).hasValueSatisfying(known -> {
            assertThat(known.path("source").asText()).isEqualTo("enrolment");
            assertThat(known.path("agentId").asText()).isEqualTo("box-a");
        });
        assertThat(agent.process().log()).doesNotContain("ola_", "ole_");
        assertThat(gateway.gateway().process().log()).doesNotContain("ola_", "ole_");
    }

    @Test
    void an_agent_that_is_killed_before_it_hears_of_its_token_enrols_again() {
        Path state = AdministeredGateway.freshFolder("state");
        try (CuttableLink link = CuttableLink.to(gateway.gateway().agentsPort())) {
            link.loseAnswers();
            Agent agent = enrolling("box-b", link.webSocketUrl(), state, gateway.enrolmentFor("bert"));
            Patience.within(
                    Patience.FOR_A_START,
                    "the gateway to give it a token",
                    () -> OWN_TOKEN.matcher(link.lostAnswers()).find());

            agent.kill();
            assertThat(state.resolve("token")).doesNotExist();
            link.mend();
            agent.relaunch();
            agent.awaitUsable(gateway.gateway());

            assertThat(exchangesOf("bert")).isGreaterThan(1);
            assertThat(OWN_TOKEN.matcher(link.lostAnswers()).results().map(MatchResult::group))
                    .isNotEmpty()
                    .allSatisfy(lost -> assertThat(upgradeWith(lost)).isEqualTo(UNAUTHORIZED));
        }
    }

    @Test
    void an_agent_that_is_killed_between_its_exchange_and_its_first_connection_connects_with_the_token_it_has_kept()
            throws IOException {
        Path state = AdministeredGateway.freshFolder("state");
        try (CuttableLink link = CuttableLink.to(gateway.gateway().agentsPort())) {
            // The exchange is one connection; of the next, which is the WebSocket's, the gateway hears nothing.
            link.hangAfter(1);
            Agent agent = enrolling("box-h", link.webSocketUrl(), state, gateway.enrolmentFor("hilda"));
            Patience.within(Patience.FOR_A_START, "the agent to connect", () -> link.made() > 1);

            agent.kill();
            String token = Files.readString(state.resolve("token"));
            assertThat(gateway.gateway().agent("box-h")).isEmpty();
            assertThat(gateway.credential("hilda"))
                    .hasValueSatisfying(
                            known -> assertThat(known.has("connected")).isFalse());
            link.mend();
            agent.relaunch();
            agent.awaitUsable(gateway.gateway());

            assertThat(Files.readString(state.resolve("token"))).isEqualTo(token);
            assertThat(exchangesOf("hilda")).isEqualTo(1);
        }
    }

    @Test
    void an_enrolment_token_is_good_for_one_agent() {
        String enrolment = gateway.enrolmentFor("carl");
        Agent first = enrolling("box-c", AdministeredGateway.freshFolder("state"), enrolment);
        first.awaitUsable(gateway.gateway());

        Agent second = enrolling("box-c2", AdministeredGateway.freshFolder("state"), enrolment);

        awaitSaid(second, "it refused to enrol this agent (HTTP 403): the enrolment token was used already");
        assertThat(exchanged(enrolment).status()).isEqualTo(REFUSED);
        assertThat(second.process().isAlive()).isTrue();
        assertThat(gateway.gateway().takesJobs("box-c")).isTrue();
        assertThat(gateway.gateway().agent("box-c2")).isEmpty();
    }

    @Test
    void an_agent_that_is_revoked_is_disconnected_with_4401_and_lives_on_and_no_other_is() {
        Agent revoked = withToken("box-d", gateway.tokenFor("dora"));
        Agent other = withToken("box-e", gateway.tokenFor("emil"));
        revoked.awaitUsable(gateway.gateway());
        other.awaitUsable(gateway.gateway());

        gateway.revoke("dora");

        awaitSaid(revoked, "4401");
        Patience.until("it to be gone", () -> gateway.gateway().agent("box-d").isEmpty());
        awaitSaid(revoked, "it refused the connection (HTTP 401)");
        assertThat(revoked.process().isAlive()).isTrue();
        assertThat(gateway.gateway().takesJobs("box-e")).isTrue();
        assertThat(other.process().log()).doesNotContain("no connection to the gateway");
    }

    @Test
    void an_agent_with_anothers_id_is_refused_with_4003_even_after_a_restart_of_the_gateway() {
        Agent owner = withToken("box-f", gateway.tokenFor("frida"));
        owner.awaitUsable(gateway.gateway());
        owner.kill();
        gateway.gateway().restart();

        Agent thief = withToken("box-f", gateway.tokenFor("gustav"));

        awaitSaid(thief, "4003");
        assertThat(gateway.gateway().agent("box-f")).isEmpty();
    }

    @Test
    void of_two_agents_with_one_id_and_one_token_the_second_is_refused_with_4001() {
        String token = gateway.tokenFor("hans");
        withToken("box-g", token).awaitUsable(gateway.gateway());

        Agent second = withToken("box-g", token);

        awaitSaid(second, "4001");
        assertThat(gateway.gateway().takesJobs("box-g")).isTrue();
    }

    @Test
    void a_web_page_is_no_agent_whatever_token_it_has_found() {
        String token = gateway.tokenFor("ida");

        assertThat(RawAgent.upgradeStatus(
                        gateway.gateway().agentsPort(),
                        "/agents",
                        Map.of("Authorization", "Bearer " + token, "Origin", "https://elsewhere.example")))
                .isEqualTo(REFUSED);
        assertThat(upgradeWith(token)).isEqualTo(101);
    }

    private Agent enrolling(String name, Path state, String enrolment) {
        return enrolling(name, gateway.gateway().agentsUrl(), state, enrolment);
    }

    private Agent enrolling(String name, String gatewayUrl, Path state, String enrolment) {
        return launched(
                name, gatewayUrl, "-Dorchestrator.state-dir=" + state, "-Dorchestrator.enrolment-token=" + enrolment);
    }

    private Agent withToken(String name, String token) {
        return launched(name, gateway.gateway().agentsUrl(), "-Dorchestrator.token=" + token);
    }

    private Agent launched(String name, String gatewayUrl, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("-Dorchestrator.reconnect.max=500ms");
        Agent agent = Agent.launch(name, gatewayUrl, simulator.url(), all);
        agents.add(agent);
        return agent;
    }

    private static void awaitSaid(Agent agent, String text) {
        Patience.within(
                Patience.FOR_A_START,
                agent.name() + " to say: " + text,
                () -> agent.process().log().contains(text));
    }

    private Http.Reply exchanged(String enrolment) {
        return Http.exchange(
                gateway.gateway().agentsPort(),
                "POST",
                "/agents/enrol",
                Map.of("Authorization", "Bearer " + enrolment, "Content-Length", "0", "Connection", "close"),
                "");
    }

    /** How often somebody got a token for the enrolment token of that agent. */
    private int exchangesOf(String name) {
        return gateway.database()
                .strings("SELECT id FROM audit_events WHERE event = 'agent_enrolled' AND subject = '" + name + "'")
                .size();
    }

    private int upgradeWith(String token) {
        return RawAgent.upgradeStatus(
                gateway.gateway().agentsPort(), "/agents", Map.of("Authorization", "Bearer " + token));
    }
}
