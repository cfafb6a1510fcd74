package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

@SystemTest
class StreamingIT {
    private static final int STREAMS = 200;
    private static final int TOKENS = 200;

    @AutoClose
    private final Fleet fleet = Fleet.plan().agents(2).slots(100).start();

    @AfterEach
    void nobody_has_a_job_any_more() {
        fleet.gateway().awaitIdle();
    }

    @Test
    void a_token_arrives_before_ollama_has_said_the_last_one() {
        SeedRequest request =
                SeedRequest.to(Fleet.modelOf(0)).saying("one by one").answeredBy("{\"count\":20,\"paceMs\":100}");
        long sent = System.nanoTime();

        try (SeedStream stream = fleet.client().send(request)) {
            SeedStream.Event first = stream.awaitNext();
            int emitted =
                    fleet.simulator(0).requestsSaying("one by one").getFirst().tokensSent();
            Figures.show(
                    "request to first token, nothing to wait for at Ollama: %d ms",
                    (first.arrivedNanos() - sent) / 1_000_000);

            assertThat(first.token()).isEqualTo("0 ");
            assertThat(emitted).isLessThan(20);
            assertThat(stream.text()).isEqualTo(numbered(20).substring("0 ".length()));
        }
    }

    @Test
    void the_answer_ends_in_a_done_event_and_done_and_the_last_chunk() {
        SeedRequest request = SeedRequest.to(Fleet.SHARED).saying("how it ends").answeredBy("{\"tokens\":[\"x\"]}");

        try (SeedStream stream = fleet.client().send(request)) {
            SeedStream.Whole whole = stream.rest();

            assertThat(whole.events()).extracting(SeedStream.Event::data).last().isEqualTo("[DONE]");
            JsonNode last = whole.events().get(whole.events().size() - 2).json();
            assertThat(last.path("done").asBoolean()).isTrue();
            assertThat(whole.endedProperly()).isTrue();
        }
    }

    @Test
    void the_headers_keep_proxies_from_holding_back_or_changing_the_stream() {
        try (SeedStream stream =
                fleet.client().send(SeedRequest.to(Fleet.SHARED).saying("headers"))) {
            HttpAnswer answer = stream.answer();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type").orElse("")).startsWith("text/event-stream");
            assertThat(answer.header("cache-control").orElse("")).contains("no-cache", "no-transform");
            assertThat(answer.header("x-accel-buffering")).hasValue("no");
            assertThat(stream.text()).isNotEmpty();
        }
    }

    @Test
    void every_turn_of_a_conversation_and_the_parameters_reach_ollama() {
        SeedRequest request = SeedRequest.to(Fleet.modelOf(1))
                .turn("system", "Be brief.")
                .turn("user", "What is two and two?")
                .turn("assistant", "Four.")
                .turn("user", "And three more? Ünïcödé 😀")
                .option("temperature", "0.25")
                .option("num_ctx", "2048")
                .parameter("keep_alive", "\"7m\"");

        try (SeedStream stream = fleet.client().send(request)) {
            assertThat(stream.text()).isEqualTo("Hello there, good to see you!");
        }

        JsonNode body =
                fleet.simulator(1).requestsSaying("three more").getFirst().body();
        assertThat(body.path("messages"))
                .extracting(turn -> turn.path("content").asText())
                .containsExactly("Be brief.", "What is two and two?", "Four.", "And three more? Ünïcödé 😀");
        assertThat(body.path("messages"))
                .extracting(turn -> turn.path("role").asText())
                .containsExactly("system", "user", "assistant", "user");
        assertThat(body.path("model").asText()).isEqualTo(Fleet.modelOf(1));
        assertThat(body.path("options").path("temperature").asDouble()).isEqualTo(0.25);
        assertThat(body.path("options").path("num_ctx").asInt()).isEqualTo(2048);
        assertThat(body.path("keep_alive").asText()).isEqualTo("7m");
    }

    @Test
    void two_clients_stream_at_the_same_time_from_two_agents() {
        String script = "{\"count\":40,\"paceMs\":50}";

        try (SeedStream one = fleet.client()
                        .send(SeedRequest.to(Fleet.SHARED)
                                .saying("both at once")
                                .answeredBy(script));
                SeedStream other = fleet.client()
                        .send(SeedRequest.to(Fleet.SHARED)
                                .saying("both at once")
                                .answeredBy(script))) {
            assertThat(one.awaitNext().token()).isEqualTo("0 ");
            assertThat(other.awaitNext().token()).isEqualTo("0 ");
            assertThat(fleet.simulator(0).requestsSaying("both at once"))
                    .extracting(Simulator.Observed::outcome)
                    .containsExactly("RUNNING");
            assertThat(fleet.simulator(1).requestsSaying("both at once"))
                    .extracting(Simulator.Observed::outcome)
                    .containsExactly("RUNNING");

            assertThat(one.text()).isEqualTo(numbered(40).substring(2));
            assertThat(other.text()).isEqualTo(numbered(40).substring(2));
        }
    }

    @Test
    void two_hundred_streams_at_once_are_each_exact_complete_and_in_order()
            throws InterruptedException, ExecutionException {
        SeedRequest request = SeedRequest.to(Fleet.SHARED)
                .saying("all at once")
                .answeredBy("{\"count\":%d,\"paceMs\":5}".formatted(TOKENS));
        long began = System.nanoTime();

        List<String> texts = atOnce(STREAMS, () -> {
            try (SeedStream stream = fleet.client().send(request)) {
                return stream.text();
            }
        });
        Figures.show(
                "%d streams of %d tokens at once: %d ms (%d ms is Ollama's own time)",
                STREAMS, TOKENS, Figures.millisSince(began), TOKENS * 5);

        assertThat(texts).hasSize(STREAMS).containsOnly(numbered(TOKENS));
        // Who finishes first gets the next one, so it need not be half each.
        assertThat(fleet.simulator(0).requestsSaying("all at once")).isNotEmpty();
        assertThat(fleet.simulator(1).requestsSaying("all at once")).isNotEmpty();
    }

    private static <T> List<T> atOnce(int count, Callable<T> what) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> all = IntStream.range(0, count)
                    .mapToObj(i -> threads.submit(what))
                    .toList();
            var results = new ArrayList<T>();
            for (Future<T> one : all) {
                results.add(one.get());
            }
            return results;
        }
    }

    private static String numbered(int tokens) {
        return IntStream.range(0, tokens).mapToObj(i -> i + " ").collect(Collectors.joining());
    }
}
