package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More want to be served than there are slots. */
@SystemTest
class QueueIT {
    private static final int CLIENTS = 20;
    private static final String PRIORITY = "x-orchestrator-priority";

    @AutoClose
    private final Fleet fleet =
            Fleet.plan().gatewayOption("-Dorchestrator.queue.max=" + CLIENTS).start();

    @BeforeEach
    void the_slot_is_free() {
        fleet.gateway().awaitIdle();
        fleet.gateway().awaitWaiting(0);
    }

    @Test
    void all_are_served_in_the_order_in_which_they_came() {
        var all = new ArrayList<Asked>();
        try (SeedStream holder = holdTheSlot()) {
            for (int i = 0; i < CLIENTS; i++) {
                all.add(ask(Manner.number(i), "in turn " + i + "."));
                fleet.gateway().awaitWaiting(i + 1);
            }
            assertThat(holder.awaitNext().token()).isNotEmpty();
        }

        assertThat(all).allSatisfy(asked -> assertThat(asked.words()).isEqualTo(Words.counting(3)));
        assertThat(seen("in turn "))
                .isEqualTo(IntStream.range(0, CLIENTS)
                        .mapToObj(i -> "in turn " + i + ".")
                        .toList());
        all.forEach(Asked::close);
    }

    @Test
    void who_leaves_the_queue_never_reaches_ollama() {
        try (SeedStream holder = holdTheSlot();
                Asked first = ask(Manner.OPENAI_STREAM, "stays first");
                Asked leaves = ask(Manner.OPENAI_STREAM, "leaves the queue");
                Asked last = ask(Manner.OLLAMA_STREAM, "stays last")) {
            fleet.gateway().awaitWaiting(3);
            leaves.leave();
            fleet.gateway().awaitWaiting(2);
            holder.leave();

            assertThat(first.words()).isEqualTo(Words.counting(3));
            assertThat(last.words()).isEqualTo(Words.counting(3));
        }
        assertThat(fleet.simulator(0).requestsSaying("leaves the queue")).isEmpty();
    }

    @Test
    void one_more_than_may_wait_is_refused_at_once_and_told_when_to_come_again() {
        var all = new ArrayList<Asked>();
        try (SeedStream holder = holdTheSlot()) {
            for (int i = 0; i < CLIENTS; i++) {
                all.add(ask(Manner.OPENAI_WHOLE, "fills the queue"));
            }
            fleet.gateway().awaitWaiting(CLIENTS);
            for (Manner manner : Manner.values()) {
                try (Asked oneMore = ask(manner, "one more")) {
                    assertThat(oneMore.status()).isEqualTo(429);
                    assertThat(oneMore.answer().header("retry-after").orElseThrow())
                            .matches("[1-9]\\d*");
                }
            }
            assertThat(holder.awaitNext().token()).isNotEmpty();
        }
        assertThat(all).allSatisfy(asked -> assertThat(asked.words()).isEqualTo(Words.counting(3)));
        assertThat(fleet.simulator(0).requestsSaying("one more")).isEmpty();
        all.forEach(Asked::close);
    }

    @Test
    void who_has_no_more_time_is_told_so_and_never_reaches_ollama() {
        try (SeedStream holder = holdTheSlot()) {
            for (Manner manner : Manner.values()) {
                try (Asked hurried = Asked.question(manner, Fleet.SHARED, "hurried")
                        .header("x-request-timeout", "0.5")
                        .of(fleet.gateway())) {
                    assertThat(hurried.status()).isEqualTo(504);
                }
            }
            assertThat(holder.awaitNext().token()).isNotEmpty();
        }
        assertThat(fleet.simulator(0).requestsSaying("hurried")).isEmpty();
    }

    @Test
    void who_runs_out_of_time_in_mid_stream_is_told_so_and_the_work_ends() {
        try (Asked hurried = Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "runs out of time")
                .answeredBy("{\"count\":100000,\"paceMs\":5}")
                .header("x-request-timeout", "1")
                .of(fleet.gateway())) {
            assertThat(hurried.status()).isEqualTo(200);

            Manner.OPENAI_STREAM.assertBroken(hurried.answer().text());
        }
        Simulator.Observed _ = fleet.simulator(0).awaitOutcome("runs out of time", "CLIENT_LEFT");
    }

    @Test
    void the_queue_can_be_looked_at() {
        try (SeedStream holder = holdTheSlot();
                Asked first = named("first-in-line", 1);
                Asked second = named("second-in-line", 2)) {

            assertThat(waiting("first-in-line").orElseThrow().path("position").asInt())
                    .isEqualTo(1);
            assertThat(waiting("second-in-line").orElseThrow().path("position").asInt())
                    .isEqualTo(2);
            assertThat(fleet.gateway().queue().path("running").asInt()).isEqualTo(1);
            holder.leave();
            assertThat(first.words()).isNotEmpty();
            assertThat(second.words()).isNotEmpty();
        }
        assertThat(waiting("first-in-line")).isEmpty();
    }

    @Test
    void a_client_that_wishes_so_is_told_its_position_in_the_stream() {
        try (SeedStream holder = holdTheSlot();
                Asked curious = Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "curious")
                        .header("x-orchestrator-queue", "events")
                        .of(fleet.gateway())) {
            assertThat(curious.awaitLine()).contains("queue");
            holder.leave();
            assertThat(curious.words()).isNotEmpty();
        }
    }

    @Test
    void higher_priorities_are_served_first() {
        try (SeedStream holder = holdTheSlot();
                Asked low = prioritised("low");
                Asked normal = prioritised("normal");
                Asked high = prioritised("high")) {
            fleet.gateway().awaitWaiting(3);
            holder.leave();

            assertThat(List.of(low, normal, high))
                    .allSatisfy(asked -> assertThat(asked.words()).isEqualTo(Words.counting(3)));
        }
        assertThat(seen("priority ")).containsExactly("priority high.", "priority normal.", "priority low.");
    }

    private SeedStream holdTheSlot() {
        SeedStream holder = fleet.client()
                .send(SeedRequest.to(Fleet.SHARED)
                        .saying("holds the slot")
                        .answeredBy("{\"count\":100000,\"paceMs\":10}"));
        assertThat(holder.awaitNext().token()).isEqualTo("0 ");
        return holder;
    }

    private Asked ask(Manner manner, String text) {
        return Asked.question(manner, Fleet.SHARED, text)
                .answeredBy("{\"count\":3}")
                .of(fleet.gateway());
    }

    private Asked named(String id, int position) {
        Asked asked = Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, id)
                .header("x-request-id", id)
                .of(fleet.gateway());
        fleet.gateway().awaitWaiting(position);
        return asked;
    }

    private Asked prioritised(String priority) {
        return Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "priority " + priority + ".")
                .answeredBy("{\"count\":3}")
                .header(PRIORITY, priority)
                .of(fleet.gateway());
    }

    private Optional<JsonNode> waiting(String id) {
        return Http.get(fleet.gateway().port(), "/api/queue?id=" + id)
                .json()
                .path("requests")
                .valueStream()
                .findFirst();
    }

    /** What the simulator was asked that begins so, in order. */
    private List<String> seen(String beginning) {
        return fleet.simulator(0).requestsSaying(beginning).stream()
                .map(request ->
                        request.body().path("messages").path(0).path("content").asText())
                .toList();
    }
}
