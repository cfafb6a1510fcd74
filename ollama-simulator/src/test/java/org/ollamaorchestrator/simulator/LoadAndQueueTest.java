package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadAndQueueTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Script STALL = Script.builder().count(9).stallAfter(1).build();

    @Test
    void a_cold_model_is_loaded_once() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            simulator.byDefault(Script.builder().loadMs(40).build());

            long cold = loadNanos(RawClient.post(simulator, "/api/chat", chat("")));
            long warm = loadNanos(RawClient.post(simulator, "/api/chat", chat("")));

            assertThat(cold).isGreaterThanOrEqualTo(40_000_000L);
            assertThat(warm).isLessThan(40_000_000L);
        }
    }

    @Test
    void a_models_own_load_time_counts_where_the_script_has_none() {
        SimulatedModel slow = SimulatedModel.named("slow").withLoadTime(Duration.ofMillis(30));
        try (OllamaSimulator simulator =
                OllamaSimulator.start(SimulatorOptions.defaults().withModels(slow))) {
            RawClient.Answer answer = RawClient.post(simulator, "/api/chat", chat("").replace("simulated", "slow"));

            assertThat(loadNanos(answer)).isGreaterThanOrEqualTo(30_000_000L);
        }
    }

    @Test
    void a_changed_context_length_loads_again_and_shows() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            simulator.byDefault(Script.builder().loadMs(20).build());
            assertThat(loadNanos(RawClient.post(simulator, "/api/chat", chat(""))))
                    .isGreaterThan(20_000_000L);

            long again = loadNanos(RawClient.post(simulator, "/api/chat", chat("\"options\":{\"num_ctx\":8192},")));

            assertThat(again).isGreaterThanOrEqualTo(20_000_000L);
            assertThat(loaded(simulator)).contains("\"context_length\":8192");
        }
    }

    @Test
    void keep_alive_zero_unloads_at_once_or_after_the_answer() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            RawClient.Answer kept = RawClient.post(simulator, "/api/chat", chat(""));
            assertThat(kept.status()).isEqualTo(200);
            assertThat(loaded(simulator)).contains("simulated:latest");

            RawClient.Answer unload =
                    RawClient.post(simulator, "/api/generate", "{\"model\":\"simulated\",\"keep_alive\":0}");
            assertThat(unload.body()).contains("\"done_reason\":\"unload\"");
            assertThat(loaded(simulator)).isEqualTo("{\"models\":[]}");

            RawClient.Answer once = RawClient.post(simulator, "/api/chat", chat("\"keep_alive\":\"0s\","));
            assertThat(once.lines()).hasSize(9);
            assertThat(loaded(simulator)).isEqualTo("{\"models\":[]}");
        }
    }

    @Test
    void a_bad_keep_alive_is_refused_in_gos_words() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            RawClient.Answer answer = RawClient.post(simulator, "/api/chat", chat("\"keep_alive\":\"soon\","));

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.body()).isEqualTo("{\"error\":\"time: invalid duration \\\"soon\\\"\"}");
        }
    }

    @Test
    void requests_of_one_model_wait_their_turn_in_order() {
        try (OllamaSimulator simulator = OllamaSimulator.start();
                RawClient first = new RawClient(simulator);
                RawClient second = new RawClient(simulator);
                RawClient third = new RawClient(simulator)) {
            simulator.enqueue(STALL);
            first.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 1, Phase.STALLED);
            second.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 2, Phase.QUEUED);
            third.send("POST", "/api/chat", chat(""));
            Observed waiting = awaitPhase(simulator, 3, Phase.QUEUED);
            assertThat(waiting.outcome()).isEqualTo(Outcome.QUEUED);
            assertThat(waiting.firstByteAt()).isNull();
            assertThat(simulator.activeRequests()).isEqualTo(3);

            first.leave();

            assertThat(second.read().lines()).hasSize(9);
            assertThat(third.read().lines()).hasSize(9);
            List<Observed> seen = simulator.requests();
            assertThat(seen.get(2).firstByteAt()).isAfterOrEqualTo(seen.get(1).endedAt());
            assertThat(simulator.peakActive("simulated")).isEqualTo(1);
            assertThat(simulator.activeRequests()).isZero();
        }
    }

    @Test
    void a_waiting_client_that_leaves_is_passed_over() {
        try (OllamaSimulator simulator = OllamaSimulator.start();
                RawClient first = new RawClient(simulator);
                RawClient second = new RawClient(simulator);
                RawClient third = new RawClient(simulator)) {
            simulator.enqueue(STALL);
            first.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 1, Phase.STALLED);
            second.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 2, Phase.QUEUED);
            third.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 3, Phase.QUEUED);

            second.leave();
            Observed left = simulator.awaitRequest(seen -> seen.sequence() == 2 && seen.ended(), SOON);
            first.leave();

            assertThat(left.leftIn()).isEqualTo(Phase.QUEUED);
            assertThat(third.read().lines()).hasSize(9);
        }
    }

    @Test
    void as_many_run_at_once_as_there_are_slots() {
        SimulatorOptions two = SimulatorOptions.defaults().withParallel(2);
        try (OllamaSimulator simulator = OllamaSimulator.start(two);
                RawClient first = new RawClient(simulator);
                RawClient second = new RawClient(simulator);
                RawClient third = new RawClient(simulator)) {
            simulator.byDefault(STALL);

            first.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 1, Phase.STALLED);
            second.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 2, Phase.STALLED);
            third.send("POST", "/api/chat", chat(""));
            awaitPhase(simulator, 3, Phase.QUEUED);

            assertThat(simulator.peakActive("simulated")).isEqualTo(2);
        }
    }

    @Test
    void a_load_ends_with_the_client_it_was_for() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            simulator.enqueue(Script.builder().loadMs(3_600_000).build());
            try (RawClient client = new RawClient(simulator)) {
                client.send("POST", "/api/chat", chat(""));
                awaitPhase(simulator, 1, Phase.LOADING);
            }
            Observed left = simulator.awaitRequest(Observed::ended, SOON);

            assertThat(left.leftIn()).isEqualTo(Phase.LOADING);
            assertThat(loaded(simulator)).isEqualTo("{\"models\":[]}");
            assertThat(RawClient.post(simulator, "/api/chat", chat("")).lines()).hasSize(9);
        }
    }

    @Test
    void too_many_waiting_for_a_load_are_told_that_the_server_is_busy() {
        List<RawClient> clients = new ArrayList<>();
        try (OllamaSimulator simulator =
                OllamaSimulator.start(SimulatorOptions.defaults().withQueueMax(2))) {
            simulator.byDefault(Script.builder().loadMs(3_600_000).build());
            for (int sequence = 1; sequence <= 3; sequence++) {
                RawClient client = new RawClient(simulator);
                clients.add(client.send("POST", "/api/chat", chat("")));
                awaitPhase(simulator, sequence, sequence == 1 ? Phase.LOADING : Phase.QUEUED);
            }

            RawClient.Answer fourth = RawClient.post(simulator, "/api/chat", chat(""));

            assertThat(fourth.status()).isEqualTo(503);
            assertThat(Recording.resource("queue-full-503.http")).endsWith(fourth.body());
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    @Test
    void any_number_may_wait_for_a_loaded_model() {
        SimulatorOptions options = SimulatorOptions.defaults().withQueueMax(0);
        List<RawClient> clients = new ArrayList<>();
        try (OllamaSimulator simulator = OllamaSimulator.start(options)) {
            simulator.enqueue(STALL);
            for (int sequence = 1; sequence <= 200; sequence++) {
                RawClient client = new RawClient(simulator);
                clients.add(client.send("POST", "/api/chat", chat("")));
                awaitPhase(simulator, sequence, sequence == 1 ? Phase.STALLED : Phase.QUEUED);
            }

            clients.removeFirst().close();

            assertThat(clients)
                    .allSatisfy(client -> assertThat(client.read().lines()).hasSize(9));
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    @CanIgnoreReturnValue
    private static Observed awaitPhase(OllamaSimulator simulator, long sequence, Phase phase) {
        return simulator.awaitRequest(seen -> seen.sequence() == sequence && seen.phase() == phase, SOON);
    }

    private static String loaded(OllamaSimulator simulator) {
        return RawClient.call(simulator, "GET", "/api/ps", "").body();
    }

    private static long loadNanos(RawClient.Answer answer) {
        return Recording.json(answer.lines().getLast()).path("load_duration").asLong();
    }

    private static String chat(String more) {
        return "{\"model\":\"simulated\"," + more + "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }
}
