package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that leaves stops the work at Ollama, in whatever phase and in whatever way it leaves. A load is not its work,
 * and goes on: see {@link LoadsIT}.
 */
@SystemTest
class ClientLeavesIT {

    @AutoClose
    private final Fleet fleet = Fleet.plan().start();

    /** A slot that a failed test left taken must not fail the next one as well. */
    @AfterEach
    void every_slot_is_free() {
        if (fleet.gateway().totals().busy() > 0) {
            fleet.agent(0).kill();
            fleet.mend();
        }
    }

    enum Way {
        FIN,
        RST;

        void leave(SeedStream stream) {
            switch (this) {
                case FIN -> stream.close();
                case RST -> stream.reset();
            }
        }
    }

    enum Moment {
        BEFORE_THE_FIRST_TOKEN("{\"firstTokenMs\":60000}", "PREFILL", 0),
        HANGING("{\"hang\":true}", "HANGING", 0),
        STREAMING("{\"count\":100000,\"paceMs\":5}", "STREAMING", 3),
        STREAMING_FAST("{\"count\":10000000}", "STREAMING", 1),
        STALLED("{\"count\":10,\"stallAfter\":3}", "STALLED", 3);

        private final String script;
        private final String phase;
        private final int tokensRead;

        Moment(String script, String phase, int tokensRead) {
            this.script = script;
            this.phase = phase;
            this.tokensRead = tokensRead;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BEFORE_THE_FIRST_TOKEN, FIN",
        "BEFORE_THE_FIRST_TOKEN, RST",
        "HANGING, FIN",
        "HANGING, RST",
        "STREAMING, FIN",
        "STREAMING, RST",
        "STREAMING_FAST, FIN",
        "STREAMING_FAST, RST",
        "STALLED, FIN",
        "STALLED, RST"
    })
    void ollama_sees_the_client_leave_and_the_slot_is_free_again(Moment moment, Way way) {
        String text = "left in " + moment + " by " + way;
        SeedStream stream =
                fleet.client().send(SeedRequest.to(Fleet.SHARED).saying(text).answeredBy(moment.script));
        for (int i = 0; i < moment.tokensRead; i++) {
            assertThat(stream.awaitNext().token()).isEqualTo(i + " ");
        }
        fleet.simulator(0).awaitPhase(text, moment.phase);
        assertThat(fleet.gateway().totals().busy()).isEqualTo(1);

        long left = Figures.epochNanos();
        way.leave(stream);

        Simulator.Observed seen = fleet.simulator(0).awaitOutcome(text, "CLIENT_LEFT");
        Figures.show(
                "client leaves (%s, %s) to Ollama's connection closed: %.1f ms",
                moment, way, (seen.endedAtNanos() - left) / 1e6);
        fleet.gateway().awaitIdle();
        try (SeedStream next = fleet.client().send(SeedRequest.to(Fleet.SHARED).saying("next after " + text))) {
            assertThat(next.text()).isNotEmpty();
        }
    }
}
