package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gateway and agent leave without breaking an answer, and stop taking work when their operator says so. */
@SystemTest
class DrainIT {
    /** What a JVM reports after a SIGTERM that it was allowed to handle: its own 0, or the signal's number. */
    private static final Integer[] IN_ORDER = {0, 143};

    private static final String ENDLESS = "{\"count\":1000000,\"paceMs\":5}";

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .slots(2)
            .gatewayOption("-Dorchestrator.drain.timeout=5s")
            .start();

    @BeforeEach
    void everything_is_there() {
        fleet.mend();
    }

    @Test
    void a_gateway_in_mid_stream_ends_the_answer_whole_and_refuses_new_ones() {
        ServiceProcess gateway = fleet.gateway().process();
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.SHARED).saying("running").answeredBy("{\"count\":300,\"paceMs\":10}"))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");
            gateway.terminate();
            awaitRefusal("too late");
            for (Manner manner : Manner.values()) {
                try (Asked late =
                        Asked.question(manner, Fleet.SHARED, "too late").of(fleet.gateway())) {
                    long _ = late.assertRefusedWith(503);
                    assertThat(late.answer().header("retry-after").orElseThrow())
                            .matches("[1-9]\\d*");
                }
            }

            assertThat(stream.text()).isEqualTo(Words.counting(1, 300));
        }
        long whole = System.nanoTime();

        assertThat(gateway.exitCode(Patience.FOR_AN_EVENT)).isIn((Object[]) IN_ORDER);
        Figures.show("last token to exit of a draining gateway: %d ms", Figures.millisSince(whole));
        assertThat(fleet.simulator(0).requestsSaying("too late")).isEmpty();
        comesBack();
    }

    @Test
    void a_stream_that_takes_longer_than_the_gateway_may_is_cut_with_an_error() {
        ServiceProcess gateway = fleet.gateway().process();
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.SHARED).saying("endless").answeredBy(ENDLESS))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");
            gateway.terminate();
            long asked = System.nanoTime();

            SeedStream.Whole rest = stream.rest();

            Figures.show(
                    "a gateway that may drain for 5 s cuts an endless stream after %d ms", Figures.millisSince(asked));
            assertThat(rest.error()).isNotBlank();
            assertThat(gateway.exitCode(Patience.FOR_AN_EVENT)).isIn((Object[]) IN_ORDER);
        }
        assertThat(fleet.simulator(0).awaitOutcome("endless", "CLIENT_LEFT").tokensSent())
                .isLessThan(1_000_000);
        comesBack();
    }

    @Test
    void an_operator_drains_the_gateway_and_takes_it_back() {
        int operator = fleet.gateway().managementPort();
        assertThat(Http.get(operator, "/drain").json().path("draining").asBoolean())
                .isFalse();
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.SHARED).saying("goes on").answeredBy("{\"count\":100,\"paceMs\":10}"))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");

            assertThat(call(operator, "POST").json().path("draining").asBoolean())
                    .isTrue();
            assertThat(call(operator, "GET").json().path("running").asInt()).isEqualTo(1);
            refused();
            assertThat(stream.text()).isEqualTo(Words.counting(1, 100));
        }
        assertThat(fleet.gateway().totals().total()).as("agents stay").isEqualTo(1);

        assertThat(call(operator, "DELETE").json().path("draining").asBoolean()).isFalse();

        answered();
    }

    @Test
    void an_operator_drains_an_agent_and_takes_it_back() {
        int operator = fleet.agent(0).managementPort();
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.SHARED).saying("goes on").answeredBy("{\"count\":200,\"paceMs\":10}"))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");

            assertThat(call(operator, "POST").json().path("draining").asBoolean())
                    .isTrue();
            Patience.until(
                    "the gateway to know that the agent drains",
                    () -> fleet.gateway()
                            .agent("agent-0")
                            .filter(agent -> agent.path("draining").asBoolean())
                            .isPresent());
            assertThat(call(operator, "GET").json().path("active").asInt()).isEqualTo(1);
            refused();
            assertThat(stream.text()).isEqualTo(Words.counting(1, 200));
        }

        assertThat(call(operator, "DELETE").json().path("draining").asBoolean()).isFalse();

        fleet.awaitWhole();
        answered();
    }

    @Test
    void no_web_page_drains_anything() {
        for (int operator :
                new int[] {fleet.gateway().managementPort(), fleet.agent(0).managementPort()}) {
            for (String method : new String[] {"GET", "POST", "DELETE"}) {
                Http.Reply reply = Http.exchange(
                        operator,
                        method,
                        "/drain",
                        Map.of("Origin", "http://127.0.0.1:" + operator, "Connection", "close"),
                        "");
                assertThat(reply.status()).isEqualTo(403);
            }
            assertThat(call(operator, "GET").json().path("draining").asBoolean())
                    .isFalse();
            assertThat(call(operator, "PATCH").status()).isEqualTo(405);
        }
    }

    @Test
    void nobody_drains_anything_from_the_ports_of_others() {
        assertThat(Http.post(fleet.gateway().port(), "/drain", "").status()).isEqualTo(404);
        assertThat(Http.post(fleet.gateway().agentsPort(), "/drain", "").status())
                .isEqualTo(404);
    }

    private static Http.Reply call(int operator, String method) {
        return Http.exchange(operator, method, "/drain", Map.of("Connection", "close"), "");
    }

    private void awaitRefusal(String text) {
        Patience.until("the gateway to refuse", () -> {
            try (Asked asked =
                    Asked.question(Manner.OPENAI_WHOLE, "no-such-model", text).of(fleet.gateway())) {
                return asked.status() == 503;
            }
        });
    }

    private void refused() {
        try (Asked asked =
                Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "refused").of(fleet.gateway())) {
            long _ = asked.assertRefusedWith(503);
            assertThat(asked.answer().header("retry-after").orElseThrow()).matches("[1-9]\\d*");
        }
    }

    private void answered() {
        try (Asked asked =
                Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "answered").of(fleet.gateway())) {
            assertThat(asked.words()).isNotEmpty();
        }
    }

    private void comesBack() {
        assertThat(fleet.agent(0).process().isAlive()).isTrue();
        fleet.gateway().restart();
        long ready = System.nanoTime();
        fleet.awaitWhole();
        Figures.show("next gateway ready to agent back: %d ms", Figures.millisSince(ready));
        answered();
    }
}
