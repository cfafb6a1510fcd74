package org.ollamaorchestrator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.agent.connection.Enrolment;
import org.ollamaorchestrator.agent.connection.GatewayAddress;
import org.ollamaorchestrator.agent.connection.LinkState;
import org.ollamaorchestrator.agent.connection.Proxies;

/** How an agent gets a token of its own before it connects. */
@QuarkusTest
class EnrolmentTest extends AgentGround {

    @Test
    void an_agent_enrols_keeps_its_token_and_only_then_connects_with_it(@TempDir Path state) throws IOException {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            gateway.enrolsWith(201, "{\"name\":\"box\",\"token\":\"ola_own\"}");
            enrolment = Optional.of(new TokenFile(state.toString()).enrolment("ole_first"));

            start(gateway, 1);

            assertThat(gateway.registered(1).header("Authorization")).hasValue("Bearer ola_own");
            assertThat(gateway.enrolments()).containsExactly("POST /agents/enrol Bearer ole_first");
            assertThat(Files.readString(state.resolve("token"))).startsWith("ola_own\n");
            gateway.registered(1).drop();
            assertThat(gateway.registered(2).header("Authorization")).hasValue("Bearer ola_own");
            assertThat(gateway.enrolments()).as("it enrols once").hasSize(1);
        }
    }

    @Test
    void a_token_that_could_not_be_kept_is_not_used_and_the_exchange_is_repeated() {
        List<String> kept = new CopyOnWriteArrayList<>();
        AtomicInteger tries = new AtomicInteger();
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            gateway.enrolsWith(201, "{\"name\":\"box\",\"token\":\"ola_own\"}");
            enrolment = Optional.of(new Enrolment("ole_first", own -> {
                if (tries.incrementAndGet() < 3) {
                    throw new IOException("no space left");
                }
                kept.add(own);
            }));

            start(gateway, 1);

            gateway.registered(1);
            assertThat(kept).containsExactly("ola_own");
            assertThat(gateway.enrolments()).hasSize(3);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            403 | {"error":"the enrolment token was used already"} | it refused to enrol this agent (HTTP 403): the enrolment token was used already
            404 | <html>                                           | it refused to enrol this agent (HTTP 404)
            503 | {"error":"later"}                                | it could not enrol this agent (HTTP 503)
            201 | {}                                               | it could not enrol this agent (HTTP 201)
            """)
    void an_agent_that_cannot_enrol_does_not_connect_and_says_why(int status, String body, String why) {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            gateway.enrolsWith(status, body);
            enrolment = Optional.of(new Enrolment("ole_first", own -> {}));

            Agent agent = start(gateway, 1);

            await().atMost(BOUND)
                    .untilAsserted(() -> assertThat(agent.linkState())
                            .isInstanceOfSatisfying(
                                    LinkState.Waiting.class,
                                    waiting -> assertThat(waiting.why()).isEqualTo(why)));
            assertThat(gateway.connections()).isZero();
            // It goes on trying, for ever: another answer lets it in.
            gateway.enrolsWith(201, "{\"token\":\"ola_own\"}");
            gateway.registered(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'',/agents/enrol",
        "/,/agents/enrol",
        "/agents,/agents/enrol",
        "/llm/agents/,/llm/agents/enrol",
        "/llm,/llm/agents/enrol"
    })
    void the_enrolment_is_beside_the_websocket(String path, String expected) {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            gateway.enrolsWith(201, "{\"token\":\"ola_own\"}");
            enrolment = Optional.of(new Enrolment("ole_first", own -> {}));

            start(settings(GatewayAddress.of(gateway.url() + path, Optional.empty()), Proxies.none(), 1, List.of()));

            gateway.registered(1);
            assertThat(gateway.enrolments()).containsExactly("POST " + expected + " Bearer ole_first");
        }
    }

    @Test
    void an_agent_whose_credentials_were_revoked_lives_says_why_and_waits_its_longest_back_off() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 1);

            gateway.registered(1).close(4401);

            await().atMost(BOUND)
                    .untilAsserted(() -> assertThat(agent.linkState())
                            .isInstanceOfSatisfying(LinkState.Waiting.class, waiting -> {
                                assertThat(waiting.delay())
                                        .isEqualTo(agent.settings().reconnectMax());
                                assertThat(waiting.why()).contains("4401");
                            }));
            gateway.registered(2);
        }
    }
}
