package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Models are loaded where they cost least, once, and for whoever waits. */
@SystemTest
class LoadsIT {
    @AutoClose
    private final Fleet fleet = Fleet.plan().agents(2).start();

    @Test
    void two_models_that_are_asked_for_in_turn_are_loaded_once_each() {
        have("red", "{\"loadMs\":1000}");
        have("blue", "{\"loadMs\":1000}");

        for (int i = 0; i < 10; i++) {
            answered(i % 2 == 0 ? "red" : "blue");
        }

        assertThat(loadsOf("red")).hasSize(1);
        assertThat(loadsOf("blue")).hasSize(1);
    }

    @Test
    void two_models_that_are_asked_for_at_once_again_and_again_are_loaded_once_each() {
        have("cyan", "{\"loadMs\":1000}");
        have("pink", "{\"loadMs\":1000}");

        for (int round = 0; round < 5; round++) {
            try (Asked one = ask("cyan");
                    Asked other = ask("pink")) {
                assertThat(one.words()).isNotEmpty();
                assertThat(other.words()).isNotEmpty();
            }
        }

        assertThat(loadsOf("cyan")).hasSize(1);
        assertThat(loadsOf("pink")).hasSize(1);
    }

    @Test
    void a_load_whose_client_leaves_goes_on_and_serves_the_next() {
        have("slow", "{\"loadMs\":3000}");
        Asked leaves = ask("slow");
        awaitLoading("slow");
        leaves.close();
        awaitNobodyWaits();

        long asked = System.nanoTime();
        answered("slow");
        Figures.show(
                "load of 3 s whose client left: the next client's answer came %d ms after it asked",
                Figures.millisSince(asked));

        assertThat(loadsOf("slow"))
                .singleElement()
                .satisfies(load -> assertThat(load.outcome()).isEqualTo("COMPLETE"));
    }

    /** As long as two wait, a second load is worth it. */
    private void awaitNobodyWaits() {
        Patience.until(
                "the client that left to be gone from the queue",
                () -> Http.get(fleet.gateway().port(), "/api/queue")
                                .json()
                                .path("waiting")
                                .asInt()
                        == 0);
    }

    @Test
    void a_load_whose_client_leaves_goes_on_even_if_nobody_waits() {
        have("later", "{\"loadMs\":2000}");
        Asked leaves = ask("later");
        awaitLoading("later");
        leaves.close();

        Patience.until(
                "the load to end",
                () -> loadsOf("later").stream().allMatch(load -> load.outcome().equals("COMPLETE")));
        fleet.gateway().awaitIdle();
        answered("later");

        assertThat(loadsOf("later")).hasSize(1);
    }

    @Test
    void an_embedding_model_is_loaded_as_such_and_embeds() {
        have("embed-things", "{\"loadMs\":500}");

        for (int i = 0; i < 2; i++) {
            Http.Reply reply = Http.post(
                    fleet.gateway().port(), "/v1/embeddings", "{\"model\":\"embed-things\",\"input\":\"a text\"}");

            assertThat(reply.status()).as("%s", reply).isEqualTo(200);
            assertThat(reply.json().path("data")).hasSize(1);
        }

        assertThat(loadsOf("embed-things"))
                .singleElement()
                .satisfies(load -> assertThat(load.path()).isEqualTo("/api/embed"));
    }

    @Test
    void a_load_that_fails_costs_only_its_request_and_says_what_ollama_said() {
        have("broken", "{}");
        for (int number = 0; number < 2; number++) {
            fleet.simulator(number)
                    .answers(
                            "broken", "{\"failStatus\":500,\"failBody\":\"{\\\"error\\\":\\\"no memory for it\\\"}\"}");
        }

        try (Asked failing = ask("broken");
                Asked other = ask(Fleet.SHARED)) {
            assertThat(failing.status()).isEqualTo(502);
            assertThat(failing.answer().text()).contains("no memory for it");
            assertThat(other.words()).isNotEmpty();
        }
        answered(Fleet.SHARED);
        fleet.gateway().awaitIdle();
    }

    @Test
    void those_who_wait_for_one_load_are_all_served_by_it() {
        have("wanted", "{\"loadMs\":1000}");
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 6; i++) {
            all.add(ask("wanted"));
        }

        assertThat(all).allSatisfy(asked -> assertThat(asked.words()).isNotEmpty());
        Figures.show(
                "six requests for a cold model on two agents of one slot: %d loads",
                loadsOf("wanted").size());
        assertThat(loadsOf("wanted")).hasSizeLessThanOrEqualTo(2);
        all.forEach(Asked::close);
    }

    private void have(String model, String facts) {
        for (int number = 0; number < 2; number++) {
            fleet.simulator(number).has(model, facts);
            fleet.gateway().awaitOffered("agent-" + number, model);
        }
    }

    private Asked ask(String model) {
        return Asked.question(Manner.OPENAI_STREAM, model, "hello").of(fleet.gateway());
    }

    private void answered(String model) {
        try (Asked asked = ask(model)) {
            assertThat(asked.words()).isNotEmpty();
        }
    }

    private void awaitLoading(String model) {
        Patience.until(
                "the load",
                () -> loadsOf(model).stream().anyMatch(load -> load.phase().equals("LOADING")));
    }

    private List<Simulator.Observed> loadsOf(String model) {
        var all = new ArrayList<>(fleet.simulator(0).loadsOf(model));
        all.addAll(fleet.simulator(1).loadsOf(model));
        return all;
    }
}
