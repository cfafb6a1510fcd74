package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each party is killed, and comes back. */
@SystemTest
class LossAndReturnIT {
    private static final String SLOWLY = "{\"count\":100,\"paceMs\":20}";

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .agents(2)
            .gatewayOption("-Dorchestrator.agents.resume-window=1s")
            .start();

    @BeforeEach
    void everything_is_there() {
        fleet.mend();
    }

    @Test
    void the_client_of_a_killed_agent_gets_an_error_and_the_other_agents_client_its_whole_answer() {
        try (SeedStream lost = fleet.client()
                        .send(SeedRequest.to(Fleet.modelOf(0)).saying("lost").answeredBy(SLOWLY));
                SeedStream unharmed = fleet.client()
                        .send(SeedRequest.to(Fleet.modelOf(1))
                                .saying("unharmed")
                                .answeredBy(SLOWLY))) {
            assertThat(lost.awaitNext().token()).isEqualTo("0 ");
            assertThat(unharmed.awaitNext().token()).isEqualTo("0 ");

            long killed = System.nanoTime();
            fleet.agent(0).kill();
            SeedStream.Whole rest = lost.rest();
            Figures.show(
                    "agent killed to error at its client: %d ms",
                    (rest.events().getLast().arrivedNanos() - killed) / 1_000_000);

            assertThat(rest.error()).contains("agent");
            fleet.gateway().awaitAgents(1);
            assertThat(unharmed.text()).startsWith("1 2 3 ").endsWith("98 99 ");
            assertThat(fleet.simulator(0).awaitOutcome("lost", "CLIENT_LEFT").tokensSent())
                    .isLessThan(100);
        }
    }

    @Test
    void agents_come_back_by_themselves_to_a_gateway_that_was_killed_and_started_again() {
        fleet.gateway().kill();
        fleet.gateway().restart();

        long ready = System.nanoTime();
        fleet.gateway().awaitAgents(2);
        Figures.show("gateway ready again to both agents registered: %d ms", Figures.millisSince(ready));

        try (SeedStream stream =
                fleet.client().send(SeedRequest.to(Fleet.modelOf(1)).saying("after the restart"))) {
            assertThat(stream.text()).isNotEmpty();
        }
    }

    @Test
    void a_gateway_that_is_killed_leaves_no_answer_that_looks_complete_and_no_work_at_ollama() {
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.modelOf(0)).saying("orphan").answeredBy("{\"count\":1000,\"paceMs\":20}"))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");

            fleet.gateway().kill();
            SeedStream.Whole rest = stream.rest();
            assertThat(rest.events()).noneMatch(SeedStream.Event::isDone);
            assertThat(rest.endedProperly()).isFalse();

            fleet.gateway().restart();
            assertThat(fleet.simulator(0).awaitOutcome("orphan", "CLIENT_LEFT").tokensSent())
                    .isLessThan(1000);
        }
    }

    @Test
    void without_its_ollama_an_agent_is_told_of_as_such_and_works_again_as_soon_as_ollama_does() {
        fleet.simulator(0).kill();

        refusedFor(Fleet.modelOf(0));
        Patience.until(
                "the gateway to know that Ollama is down",
                () -> fleet.gateway()
                        .agent("agent-0")
                        .filter(agent -> agent.path("ollama").asText().equals("down"))
                        .isPresent());
        refusedFor(Fleet.modelOf(0));
        answered(Fleet.SHARED);

        fleet.simulator(0).restart();
        long ready = System.nanoTime();
        fleet.awaitWhole();
        Figures.show("Ollama ready again to agent usable: %d ms", Figures.millisSince(ready));
        answered(Fleet.modelOf(0));
    }

    @Test
    void ollama_killed_in_mid_stream_is_an_error_at_the_client_and_the_agent_stays() {
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.modelOf(0)).saying("cut").answeredBy(SLOWLY))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");

            fleet.simulator(0).kill();

            assertThat(stream.rest().error()).isNotBlank();
            assertThat(fleet.gateway().totals().total()).isEqualTo(2);
            fleet.gateway().awaitIdle();
        }
    }

    private void refusedFor(String model) {
        try (SeedStream stream = fleet.client().send(SeedRequest.to(model).saying("nobody listens"))) {
            SeedStream.Whole whole = stream.rest();

            assertThat(stream.status()).as("%s", whole).isIn(502, 503);
            assertThat(whole.error()).contains("Ollama");
        }
    }

    private void answered(String model) {
        try (SeedStream stream = fleet.client().send(SeedRequest.to(model).saying("anybody there?"))) {
            assertThat(stream.text()).isNotEmpty();
        }
    }
}
