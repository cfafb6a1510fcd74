package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScriptedAnswerTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String CHAT =
            "{\"model\":\"simulated\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String WHOLE_CHAT = CHAT.replace("}]}", "}],\"stream\":false}");
    private static final String DIED =
            "{\"error\":\"an error was encountered while running the model: unexpected EOF\"}";

    private OllamaSimulator simulator;

    @BeforeEach
    void start() {
        simulator = OllamaSimulator.start();
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    @Test
    void tokens_are_sent_as_they_are() {
        simulator.enqueue(Script.saying("Good", " day"));

        assertThat(words(chat())).containsExactly("Good", " day", "");
    }

    @Test
    void counted_tokens_are_numbered() {
        simulator.enqueue(Script.counting(3));

        assertThat(words(chat())).containsExactly("0 ", "1 ", "2 ", "");
    }

    @Test
    void counted_tokens_are_padded() {
        simulator.enqueue(Script.builder().count(11).tokenBytes(8).build());

        assertThat(words(chat())).startsWith("0 xxxxx ").contains("10 xxxx ");
    }

    @Test
    void stamps_carry_index_and_moment() {
        simulator.enqueue(Script.builder().count(2).stamp(true).build());
        long before = EpochNanos.now();

        List<String> words = words(chat());

        assertThat(words.get(1)).matches("1:[0-9]{19} ");
        assertThat(Long.parseLong(words.get(1).strip().split(":", 2)[1])).isBetween(before, EpochNanos.now());
    }

    @Test
    void the_pace_is_kept_on_average() {
        simulator.enqueue(Script.builder().count(101).paceMs(0.5).build());

        RawClient.Answer answer = chat();

        assertThat(last(answer, "eval_count")).isEqualTo(101);
        assertThat(last(answer, "eval_duration")).isGreaterThanOrEqualTo(50_000_000L);
    }

    @Test
    void the_first_token_takes_its_time() {
        simulator.enqueue(Script.builder().firstTokenMs(30).build());

        assertThat(last(chat(), "prompt_eval_duration")).isGreaterThanOrEqualTo(30_000_000L);
    }

    @Test
    void a_long_stream_to_a_slow_reader_is_not_buffered() {
        simulator.enqueue(Script.builder().count(300).tokenBytes(100_000).build());
        try (RawClient client = new RawClient(simulator)) {
            client.send("POST", "/api/chat", CHAT);
            simulator.awaitRequest(seen -> seen.tokensSent() > 0, SOON);

            // Each of these is a turn of the event loop, in which the stream would go on if it could.
            for (int turn = 0; turn < 50; turn++) {
                assertThat(RawClient.call(simulator, "GET", "/api/version", "").status())
                        .isEqualTo(200);
            }

            // What was written is in the kernel's buffers and in one bounded write queue.
            assertThat(simulator.requests().getFirst().tokensSent()).isLessThan(200);
            assertThat(client.read().lines()).hasSize(301);
        }
    }

    @Test
    void thoughts_come_before_words_unless_unwanted() {
        simulator.byDefault(Script.builder().thinking("hm").tokens("yes").build());

        RawClient.Answer thought = chat();
        RawClient.Answer not = RawClient.post(simulator, "/api/chat", CHAT.replace("}]}", "}],\"think\":false}"));

        assertThat(thought.lines().getFirst()).contains("\"content\":\"\",\"thinking\":\"hm\"");
        assertThat(not.body()).doesNotContain("thinking");
    }

    @Test
    void tool_calls_come_whole() {
        simulator.enqueue(Script.builder()
                .tokens()
                .toolCalls(new Script.ToolCall("clock", Map.of()), new Script.ToolCall("sum", Map.of("a", 1)))
                .build());

        RawClient.Answer answer = chat();

        assertThat(answer.lines()).hasSize(2);
        assertThat(answer.lines().getFirst())
                .contains("\"function\":{\"index\":1,\"name\":\"sum\",\"arguments\":{\"a\":1}}");
    }

    @Test
    void num_predict_ends_the_answer_early() {
        simulator.byDefault(Script.counting(10));

        RawClient.Answer limited =
                RawClient.post(simulator, "/api/chat", CHAT.replace("}]}", "}],\"options\":{\"num_predict\":2}}"));

        assertThat(words(limited)).containsExactly("0 ", "1 ", "");
        assertThat(limited.lines().getLast()).contains("\"done_reason\":\"length\"");
        assertThat(chat().lines().getLast()).contains("\"done_reason\":\"stop\"");
    }

    @Test
    void generate_ends_with_the_ids_of_all_tokens() {
        simulator.enqueue(Script.counting(5_000));

        RawClient.Answer answer =
                RawClient.post(simulator, "/api/generate", "{\"model\":\"simulated\",\"prompt\":\"x\"}");

        assertThat(Recording.json(answer.lines().getLast()).path("context").size())
                .isEqualTo(5_001);
    }

    @Test
    void a_failure_takes_the_place_of_the_first_line() {
        simulator.enqueue(
                Script.builder().failStatus(503).failBody("{\"error\":\"no\"}").build());

        RawClient.Answer answer = chat();

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("{\"error\":\"no\"}");
        assertThat(outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void a_runner_that_dies_midway_leaves_an_error_line_and_a_proper_end() {
        simulator.enqueue(Script.builder().count(9).failAfter(2).build());

        RawClient.Answer answer = chat();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.lines()).hasSize(3).last().isEqualTo(DIED);
        assertThat(answer.complete()).isTrue();
        assertThat(Recording.resource("runner-killed-mid-stream.raw")).contains(DIED);
        assertThat(outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void a_runner_that_dies_before_a_whole_answer_is_a_500() {
        simulator.enqueue(Script.builder().failAfter(2).build());

        RawClient.Answer answer = RawClient.post(simulator, "/api/chat", WHOLE_CHAT);

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo(DIED);
    }

    @Test
    void a_cut_has_no_last_chunk() {
        simulator.enqueue(Script.builder().count(9).cutAfter(2).build());

        RawClient.Answer answer = chat();

        assertThat(words(answer)).containsExactly("0 ", "1 ");
        assertThat(answer.complete()).isFalse();
        assertThat(outcome()).isEqualTo(Outcome.CUT);
    }

    @Test
    void a_cut_after_nothing_has_no_byte() throws IOException {
        simulator.enqueue(Script.builder().cutAfter(0).build());

        try (RawClient client = new RawClient(simulator).send("POST", "/api/chat", CHAT)) {
            assertThat(client.readByte()).isEqualTo(-1);
        }
        assertThat(simulator.requests().getLast().firstByteAt()).isNull();
    }

    @Test
    void a_reset_is_a_reset() {
        simulator.enqueue(Script.builder().resetAfter(0).build());

        try (RawClient client = new RawClient(simulator).send("POST", "/api/chat", CHAT)) {
            assertThatThrownBy(client::readByte).isInstanceOf(IOException.class).hasMessageContaining("reset");
        }
        assertThat(outcome()).isEqualTo(Outcome.CUT);
    }

    @Test
    void a_stall_is_silent_after_its_tokens() {
        simulator.enqueue(Script.builder().count(9).stallAfter(2).build());

        try (RawClient client = new RawClient(simulator)) {
            client.send("POST", "/api/chat", CHAT);
            Observed stalled = simulator.awaitRequest(seen -> seen.phase() == Phase.STALLED, SOON);
            assertThat(stalled.tokensSent()).isEqualTo(2);
            assertThat(stalled.outcome()).isEqualTo(Outcome.RUNNING);
        }
    }

    @Test
    void a_hang_never_sends_a_byte() {
        simulator.enqueue(Script.builder().hang(true).build());

        try (RawClient client = new RawClient(simulator)) {
            client.send("POST", "/api/chat", CHAT);
            Observed hanging = simulator.awaitRequest(seen -> seen.phase() == Phase.HANGING, SOON);
            assertThat(hanging.firstByteAt()).isNull();
        }
    }

    @Test
    void split_bytes_arrive_apart_and_whole() throws IOException {
        simulator.enqueue(Script.builder().tokens("ü€😀").splitBytes(7).build());

        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int reads = 0;
        try (RawClient client = new RawClient(simulator).send("POST", "/api/chat", CHAT)) {
            while (!all.toString(StandardCharsets.ISO_8859_1).endsWith("0\r\n\r\n")) {
                all.writeBytes(client.rawRead());
                reads++;
            }
        }

        assertThat(all.toString(StandardCharsets.UTF_8)).contains("ü€😀").contains("\"done\":true");
        // A machine under load may join some of them.
        assertThat(reads).isGreaterThan(all.size() / 7 / 2);
    }

    @Test
    void a_split_answer_can_be_cut() {
        simulator.enqueue(Script.builder().count(5).splitBytes(20).cutAfter(1).build());

        RawClient.Answer answer = chat();

        assertThat(words(answer)).containsExactly("0 ");
        assertThat(answer.complete()).isFalse();
    }

    @Test
    void a_line_can_be_huge() {
        simulator.enqueue(Script.builder().lineBytes(2_000_000).build());

        assertThat(chat().chunks().getFirst().length()).isBetween(1_999_990, 2_000_010);
    }

    @Test
    void embeddings_are_as_long_as_wanted_and_of_unit_length() {
        simulator.enqueue(Script.builder().embeddings(5).build());

        RawClient.Answer answer =
                RawClient.post(simulator, "/api/embed", "{\"model\":\"simulated-embed\",\"input\":[\"a\",\"b\"]}");

        var vectors = Recording.json(answer.body()).path("embeddings");
        assertThat(vectors.size()).isEqualTo(2);
        assertThat(vectors.get(1)
                        .valueStream()
                        .mapToDouble(number -> number.asDouble() * number.asDouble())
                        .sum())
                .isCloseTo(1, offset(1e-5));
        assertThat(vectors.get(1).size()).isEqualTo(5);
    }

    @Test
    void a_recorded_answer_is_replayed_byte_for_byte() {
        String recorded = Recording.of("chat-tools-stream").body();
        simulator.enqueue(Script.builder().rawBody(recorded).build());

        RawClient.Answer answer = chat();

        assertThat(answer.body()).isEqualTo(recorded);
        assertThat(answer.chunks()).hasSize(7);
    }

    @Test
    void a_recorded_error_is_replayed_with_its_status() {
        simulator.enqueue(Script.builder()
                .rawBody("busy")
                .rawContentType("text/plain")
                .rawStatus(429)
                .build());

        RawClient.Answer answer = chat();

        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.headers()).containsEntry("content-type", "text/plain");
        assertThat(answer.body()).isEqualTo("busy");
    }

    @Test
    void the_requests_own_script_goes_before_the_queue_the_model_and_the_default() {
        simulator.byDefault(Script.saying("default"));
        String own = CHAT.replace("}]}", "}],\"options\":{\"simulator\":{\"tokens\":[\"own\"]}}}");

        assertThat(words(chat())).startsWith("default");
        simulator.script("simulated", Script.saying("model"));
        assertThat(words(chat())).startsWith("model");
        simulator.enqueue(Script.saying("once"));
        assertThat(words(RawClient.post(simulator, "/api/chat", own))).startsWith("own");
        assertThat(words(chat())).startsWith("once");
        assertThat(words(chat())).startsWith("model");
    }

    @Test
    void a_load_does_not_use_up_a_one_shot() {
        simulator.enqueue(Script.saying("once"));

        RawClient.Answer load = RawClient.post(simulator, "/api/generate", "{\"model\":\"simulated\"}");

        assertThat(load.body()).contains("\"done_reason\":\"load\"");
        assertThat(words(chat())).startsWith("once");
    }

    @Test
    void a_load_minds_nothing_that_a_script_says_of_tokens() {
        simulator.byDefault(
                Script.builder().firstTokenMs(3_600_000).stallAfter(0).build());

        RawClient.Answer load = RawClient.post(simulator, "/api/generate", "{\"model\":\"simulated\"}");

        assertThat(load.body()).contains("\"done_reason\":\"load\"");
    }

    @Test
    void a_load_can_fail() {
        simulator.byDefault(Script.builder().failStatus(500).build());

        RawClient.Answer load = RawClient.post(simulator, "/api/generate", "{\"model\":\"simulated\"}");

        assertThat(load.status()).isEqualTo(500);
    }

    @Test
    void a_malformed_script_in_a_request_is_a_400_naming_the_field() {
        RawClient.Answer answer = RawClient.post(
                simulator, "/api/chat", CHAT.replace("}]}", "}],\"options\":{\"simulator\":{\"paceMs\":[]}}}"));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("options.simulator").contains("paceMs");
    }

    @Test
    void what_was_asked_is_on_record() {
        RawClient.Answer answer = RawClient.call(simulator, "POST", "/api/chat", CHAT, "X-Trace: a", "X-Trace: b");

        Observed observed = simulator.requests().getFirst();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(observed.sequence()).isEqualTo(1);
        assertThat(observed.headers()).containsEntry("X-TRACE", "a,b");
        assertThat(observed.body()).isEqualTo(CHAT);
        assertThat(observed.model()).isEqualTo("simulated");
        assertThat(observed.outcome()).isEqualTo(Outcome.COMPLETE);
        assertThat(observed.tokensSent()).isEqualTo(8);
        assertThat(observed.firstByteAt()).isBetween(observed.receivedAt(), observed.endedAt());
    }

    @Test
    void only_so_many_requests_are_remembered() {
        try (OllamaSimulator forgetful =
                OllamaSimulator.start(SimulatorOptions.defaults().withObservedMax(2))) {
            for (int request = 0; request < 5; request++) {
                assertThat(RawClient.call(forgetful, "GET", "/", "").status()).isEqualTo(200);
            }

            assertThat(forgetful.requests()).extracting(Observed::sequence).containsExactly(4L, 5L);
        }
    }

    private RawClient.Answer chat() {
        return RawClient.post(simulator, "/api/chat", CHAT);
    }

    private Outcome outcome() {
        return simulator.requests().getLast().outcome();
    }

    private static List<String> words(RawClient.Answer answer) {
        return answer.lines().stream()
                .map(line ->
                        Recording.json(line).path("message").path("content").asText())
                .collect(Collectors.toList());
    }

    private static long last(RawClient.Answer answer, String counter) {
        return Recording.json(answer.lines().getLast()).path(counter).asLong();
    }
}
