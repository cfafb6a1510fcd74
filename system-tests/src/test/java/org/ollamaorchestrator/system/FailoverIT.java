package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Of two agents one is in trouble: its requests are answered by the other, and nobody notices. */
@SystemTest
class FailoverIT {
    private static final int REQUESTS = 8;
    private static final int TOKENS = 20;
    private static final String WORDS = "{\"count\":" + TOKENS + "}";

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .agents(2)
            .slots(REQUESTS)
            .gatewayOption("-Dorchestrator.jobs.first-line-within=3s")
            .start();

    private int hellos;

    /** How long an agent has for a first line depends on the load time: the gateway is to know that it is short. */
    @BeforeAll
    void the_load_time_is_known() {
        try (Asked asked =
                Asked.question(Manner.OPENAI_WHOLE, Fleet.SHARED, "first").of(fleet.gateway())) {
            assertThat(asked.words()).isNotEmpty();
        }
    }

    /** An agent that failed is put aside for a while; a new one has not failed yet. */
    @BeforeEach
    void both_are_well_and_have_the_model_in_memory() {
        fleet.agent(0).kill();
        fleet.mend();
        for (int number = 0; number < 2; number++) {
            fleet.simulator(number).answers(Fleet.SHARED, WORDS);
            fleet.simulator(number).warm(Fleet.SHARED);
            fleet.gateway().awaitLoaded("agent-" + number, Fleet.SHARED);
        }
        Patience.until("the new agent to have answered a first request", this::theNewAgentAnswered);
    }

    /** The first job of a fresh process takes long enough on a busy machine to be given to the other before Ollama sees it. */
    private boolean theNewAgentAnswered() {
        String hello = "hello " + ++hellos;
        askAll(hello).forEach(asked -> {
            assertThat(asked.words()).isEqualTo(Words.counting(TOKENS));
            asked.close();
        });
        return !fleet.simulator(0).requestsSaying(hello).isEmpty();
    }

    enum Trouble {
        ANSWERS_503("{\"failStatus\":503}"),
        RESETS_THE_CONNECTION("{\"resetAfter\":0}"),
        CLOSES_THE_CONNECTION("{\"cutAfter\":0}"),
        HANGS("{\"hang\":true}");

        private final String script;

        Trouble(String script) {
            this.script = script;
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_one_ollama_fails_to_answer_is_answered_by_the_other(Trouble trouble) {
        fleet.simulator(0).answers(Fleet.SHARED, trouble.script);

        List<Asked> all = askAll(trouble.name());
        long asked = System.nanoTime();

        assertAllAnsweredByTheOther(all, trouble.name());
        Figures.show(
                "one of two Ollamas %s: %d of %d requests answered, the last after %d ms; %d went to it first",
                trouble,
                REQUESTS,
                REQUESTS,
                Figures.millisSince(asked),
                fleet.simulator(0).requestsSaying(trouble.name()).size());
        assertThat(fleet.simulator(0).requestsSaying(trouble.name())).isNotEmpty();
        fleet.gateway().awaitIdle();
    }

    @ParameterizedTest
    @EnumSource(names = {"ANSWERS_503", "RESETS_THE_CONNECTION"})
    void a_model_that_one_ollama_fails_to_load_is_loaded_by_the_other(Trouble trouble) {
        String model = "cold-" + trouble.name().toLowerCase(Locale.ROOT);
        for (int number = 0; number < 2; number++) {
            fleet.simulator(number).has(model, "{}");
            fleet.simulator(number).answers(model, number == 0 ? trouble.script : WORDS);
            fleet.gateway().awaitOffered("agent-" + number, model);
        }

        List<Asked> all = askAll(model, "cold");

        assertThat(all).allSatisfy(asked -> assertThat(asked.words()).isEqualTo(Words.counting(TOKENS)));
    }

    @Test
    void requests_to_an_ollama_that_was_just_ended_are_answered_by_the_other() {
        fleet.simulator(0).kill();

        assertAllAnsweredByTheOther(askAll("refused"), "refused");
        fleet.gateway().awaitIdle();
    }

    @Test
    void requests_to_an_agent_that_dies_before_their_first_line_are_answered_by_the_other() {
        fleet.simulator(0).answers(Fleet.SHARED, "{\"firstTokenMs\":900}");
        List<Asked> all = askAll("dies");
        fleet.simulator(0).awaitPhase("dies", "PREFILL");

        fleet.agent(0).kill();
        long killed = System.nanoTime();

        assertAllAnsweredByTheOther(all, "dies");
        Figures.show("agent killed to all its requests answered by the other: %d ms", Figures.millisSince(killed));
    }

    @Test
    void without_any_ollama_everybody_is_told_so_at_once_and_when_to_come_again() {
        fleet.simulator(0).kill();
        fleet.simulator(1).kill();
        for (int number = 0; number < 2; number++) {
            String agent = "agent-" + number;
            Patience.until(
                    "the gateway to know that Ollama is down",
                    () -> !fleet.gateway().takesJobs(agent));
        }

        for (Manner manner : Manner.values()) {
            try (Asked asked = Asked.question(manner, Fleet.SHARED, "nobody").of(fleet.gateway())) {
                Figures.show("both Ollamas down, %s: 503 after %d ms", manner, asked.assertRefusedWith(503));
                assertThat(asked.answer().header("retry-after").orElseThrow()).matches("[1-9]\\d*");
            }
        }
    }

    @Test
    void if_both_ollamas_answer_503_so_does_the_gateway() {
        fleet.simulator(0).answers(Fleet.SHARED, "{\"failStatus\":503,\"failBody\":\"{\\\"error\\\":\\\"busy\\\"}\"}");
        fleet.simulator(1).answers(Fleet.SHARED, "{\"failStatus\":503,\"failBody\":\"{\\\"error\\\":\\\"busy\\\"}\"}");

        for (Manner manner : Manner.values()) {
            try (Asked asked = Asked.question(manner, Fleet.SHARED, "busy").of(fleet.gateway())) {
                Figures.show("both Ollamas answer 503, %s: 503 after %d ms", manner, asked.assertRefusedWith(503));
                assertThat(asked.answer().header("retry-after").orElseThrow()).matches("[1-9]\\d*");
            }
        }
    }

    /** In all manners in turn. */
    private List<Asked> askAll(String text) {
        return askAll(Fleet.SHARED, text);
    }

    private List<Asked> askAll(String model, String text) {
        var all = new ArrayList<Asked>();
        for (int i = 0; i < REQUESTS; i++) {
            all.add(Asked.question(Manner.number(i), model, text).of(fleet.gateway()));
        }
        return all;
    }

    private void assertAllAnsweredByTheOther(List<Asked> all, String text) {
        assertThat(all).allSatisfy(asked -> assertThat(asked.words()).isEqualTo(Words.counting(TOKENS)));
        assertThat(fleet.simulator(1).requestsSaying(text))
                .hasSize(REQUESTS)
                .allSatisfy(seen -> assertThat(seen.outcome()).isEqualTo("COMPLETE"));
        all.forEach(Asked::close);
    }
}
