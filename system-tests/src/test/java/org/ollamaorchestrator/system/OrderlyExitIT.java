package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a SIGTERM does. */
@SystemTest
class OrderlyExitIT {
    /** What a JVM reports after a SIGTERM that it was allowed to handle: its own 0, or the signal's number. */
    private static final Integer[] IN_ORDER = {0, 143};

    @AutoClose
    private final Fleet fleet = Fleet.plan().agents(2).start();

    @BeforeEach
    void everything_is_there() {
        fleet.mend();
    }

    @Test
    void an_agent_in_mid_stream_finishes_its_answer_takes_no_more_and_exits() {
        ServiceProcess agent = fleet.agent(0).process();
        try (SeedStream stream = fleet.client()
                .send(SeedRequest.to(Fleet.modelOf(0))
                        .saying("draining")
                        .answeredBy("{\"count\":100,\"paceMs\":20}"))) {
            assertThat(stream.awaitNext().token()).isEqualTo("0 ");

            agent.terminate();
            Patience.until(
                    "the gateway to know that the agent drains",
                    () -> fleet.gateway()
                            .agent("agent-0")
                            .filter(seen -> seen.path("draining").asBoolean())
                            .isPresent());
            try (SeedStream refused =
                    fleet.client().send(SeedRequest.to(Fleet.modelOf(0)).saying("too late"))) {
                assertThat(refused.rest().error()).isNotBlank();
                assertThat(refused.status()).isEqualTo(503);
            }

            assertThat(stream.text()).startsWith("1 2 3 ").endsWith("98 99 ");
        }
        long finished = System.nanoTime();

        assertThat(agent.exitCode()).isIn((Object[]) IN_ORDER);
        Figures.show("last token to exit of a draining agent: %d ms", Figures.millisSince(finished));
        assertThat(fleet.simulator(0).requestsSaying("too late")).isEmpty();
        fleet.gateway().awaitAgents(1);
    }

    @Test
    void an_idle_agent_leaves_at_once() {
        long asked = System.nanoTime();

        fleet.agent(1).process().terminate();

        assertThat(fleet.agent(1).process().exitCode(Patience.FOR_AN_EVENT)).isIn((Object[]) IN_ORDER);
        Figures.show("SIGTERM to exit of an idle agent: %d ms", Figures.millisSince(asked));
        fleet.gateway().awaitAgents(1);
    }

    @Test
    void an_idle_gateway_with_agents_leaves_at_once_and_its_agents_stay() {
        long asked = System.nanoTime();

        fleet.gateway().process().terminate();

        assertThat(fleet.gateway().process().exitCode(Patience.FOR_AN_EVENT)).isIn((Object[]) IN_ORDER);
        Figures.show("SIGTERM to exit of an idle gateway with two agents: %d ms", Figures.millisSince(asked));
        assertThat(fleet.agent(0).process().isAlive()).isTrue();
        assertThat(fleet.agent(1).process().isAlive()).isTrue();
    }

    @Test
    void an_idle_gateway_without_agents_leaves_at_once() {
        try (Gateway alone = Gateway.start()) {
            long asked = System.nanoTime();

            alone.process().terminate();

            assertThat(alone.process().exitCode(Patience.FOR_AN_EVENT)).isIn((Object[]) IN_ORDER);
            Figures.show("SIGTERM to exit of an idle gateway without agents: %d ms", Figures.millisSince(asked));
        }
    }
}
