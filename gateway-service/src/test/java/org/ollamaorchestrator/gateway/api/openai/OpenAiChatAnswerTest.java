package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.HEAD;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.data;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.json;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.lines;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class OpenAiChatAnswerTest {

    private static final ChatForm PLAIN = new ChatForm(false, false);

    @Test
    void each_line_is_a_chunk_and_the_last_one_says_why_it_ended() {
        var events = new ChatEvents(HEAD, PLAIN);
        List<JsonNode> chunks = data(events.events(lines("chat-stream")));

        assertThat(chunks).hasSize(17).allSatisfy(chunk -> {
            assertThat(chunk.path("id").asText()).isEqualTo("chatcmpl-k");
            assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
            assertThat(chunk.path("created").asLong()).isEqualTo(1795358016);
            assertThat(chunk.path("model").asText()).isEqualTo("my-model");
            assertThat(chunk.has("usage")).isFalse();
        });
        assertThat(chunks.getFirst().path("choices").toString())
                .isEqualTo(
                        "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\" other\"},\"finish_reason\":null}]");
        assertThat(chunks.get(1).path("choices").toString())
                .isEqualTo("[{\"index\":0,\"delta\":{\"content\":\" only\"},\"finish_reason\":null}]");
        assertThat(chunks.getLast().path("choices").toString())
                .isEqualTo("[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]");
        assertThat(new String(events.end(), UTF_8)).isEqualTo("data: [DONE]\n\n");
    }

    @Test
    void the_usage_comes_last_and_only_if_it_was_asked_for() {
        List<JsonNode> chunks = data(new ChatEvents(HEAD, new ChatForm(true, false)).events(lines("chat-stream")));

        assertThat(chunks.getLast().path("choices")).isEmpty();
        assertThat(chunks.getLast().path("usage").toString())
                .isEqualTo("{\"prompt_tokens\":20,\"completion_tokens\":16,\"total_tokens\":36}");
        assertThat(chunks.getFirst().path("usage").isNull()).isTrue();
    }

    @Test
    void emoji_and_thinking_arrive_unharmed_in_both_forms() {
        assertThat(streamed("chat-utf8", delta -> delta.path("content"))).contains(" think 🙂 is");
        assertThat(whole("chat-utf8").at("/choices/0/message/content").asText()).contains(" think 🙂 is");
        assertThat(streamed("chat-think-true", delta -> delta.path("reasoning")))
                .isEqualTo("The user greets me , so I answer .");
        assertThat(streamed("chat-think-true", delta -> delta.path("reasoning_content")))
                .isEqualTo("The user greets me , so I answer .");
        assertThat(streamed("chat-think-true", delta -> delta.path("content")))
                .isEqualTo("Hello there , good to see you !");
        JsonNode message = whole("chat-think-true").at("/choices/0/message");
        assertThat(message.path("reasoning").asText()).isEqualTo("The user greets me , so I answer .");
        assertThat(message.path("content").asText()).isEqualTo("Hello there , good to see you !");
    }

    @Test
    void a_tool_call_has_a_text_of_json_and_ends_the_answer() {
        List<JsonNode> chunks = data(new ChatEvents(HEAD, PLAIN).events(lines("chat-tools-stream")));

        assertThat(chunks.get(5).at("/choices/0/delta/tool_calls").toString())
                .isEqualTo(
                        "[{\"index\":0,\"id\":\"call_avx1umuq\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":\"{\\\"days\\\":3,\\\"city\\\":\\\"Paris\\\"}\"}}]");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        JsonNode choice = whole("chat-tools-stream").at("/choices/0");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(choice.at("/message/tool_calls/0/id").asText()).isEqualTo("call_avx1umuq");
    }

    @Test
    void a_hundred_calls_over_several_lines_have_each_its_own_index_and_id() {
        var lines = new ArrayList<String>();
        for (int line = 0; line < 10; line++) {
            var calls = new ArrayList<String>();
            for (int call = 0; call < 10; call++) {
                calls.add("{\"function\":{\"index\":%d,\"name\":\"f%d\",\"arguments\":{\"n\":%d}}}"
                        .formatted(call, line * 10 + call, call));
            }
            lines.add("{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[%s]},\"done\":false}"
                    .formatted(String.join(",", calls)));
        }
        lines.add("{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}");

        List<JsonNode> chunks = data(new ChatEvents(HEAD, PLAIN).events(lines));

        var ids = new HashSet<String>();
        int next = 0;
        for (JsonNode chunk : chunks) {
            for (JsonNode call : chunk.at("/choices/0/delta/tool_calls")) {
                assertThat(call.path("index").asInt()).isEqualTo(next);
                assertThat(call.at("/function/name").asText()).isEqualTo("f" + next);
                assertThat(call.path("id").asText()).startsWith("call_");
                assertThat(ids.add(call.path("id").asText())).isTrue();
                next++;
            }
        }
        assertThat(next).isEqualTo(100);
        JsonNode message = json(whole(lines)).at("/choices/0/message");
        assertThat(message.path("tool_calls")).hasSize(100);
        assertThat(message.path("content").isNull()).isTrue();
    }

    @Test
    void logprobs_come_with_their_tokens_if_they_were_asked_for() {
        var asked = new ChatForm(false, true);
        List<JsonNode> chunks = data(new ChatEvents(HEAD, asked).events(lines("chat-logprobs")));

        assertThat(chunks.getFirst().at("/choices/0/logprobs/content/0/token").asText())
                .isEqualTo(" follow");
        var answer = new ChatAnswer(HEAD, asked);
        answer.add(lines("chat-logprobs"));
        assertThat(json(answer.body()).at("/choices/0/logprobs/content")).hasSize(3);
        assertThat(whole("chat-logprobs").at("/choices/0/logprobs").isNull()).isTrue();
    }

    @Test
    void a_whole_answer_has_the_members_that_ollamas_own_has_and_more() {
        JsonNode own = json(Recordings.text("v1-chat-nostream.txt"));
        JsonNode ours = whole("chat-stream");

        assertThat(own.properties())
                .allSatisfy(member -> assertThat(ours.has(member.getKey())).isTrue());
        assertThat(ours.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(ours.path("usage").toString())
                .isEqualTo("{\"prompt_tokens\":20,\"completion_tokens\":16,\"total_tokens\":36}");
    }

    @Test
    void an_answer_without_its_last_line_is_an_error_in_both_forms() {
        List<String> cut = lines("chat-stream").subList(0, 3);
        var events = new ChatEvents(HEAD, PLAIN);
        var before = events.events(cut);

        assertThat(before).isNotEmpty();
        assertThat(new String(events.end(), UTF_8))
                .isEqualTo(
                        "event: error\ndata: {\"error\":{\"message\":\"the answer ended before it was whole\",\"type\":\"api_error\",\"param\":null,\"code\":null}}\n\n");
        assertThatThrownBy(() -> {
                    var ignored = whole(cut);
                })
                .isInstanceOf(JobFailedException.class);
    }

    @Test
    void an_answer_of_nothing_still_has_its_role_and_an_error_line_is_no_chunk() {
        var events = new ChatEvents(HEAD, PLAIN);

        assertThat(events.events(List.of("{\"error\":\"unexpected EOF\"}"))).isEmpty();
        List<JsonNode> chunks = data(events.events(List.of("{\"message\":{},\"done\":true,\"done_reason\":\"stop\"}")));
        assertThat(chunks).hasSize(2);
        assertThat(chunks.getFirst().at("/choices/0/delta").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"\"}");
        assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    }

    @Test
    void a_failure_in_mid_stream_is_an_error_event_with_ollamas_own_words() {
        assertThat(new String(
                        new ChatEvents(HEAD, PLAIN)
                                .failure(new JobFailure.OllamaAnswered(
                                        404, "application/json", "{\"error\":\"model 'x' not found\"}")),
                        UTF_8))
                .isEqualTo(
                        "event: error\ndata: {\"error\":{\"message\":\"model 'x' not found\",\"type\":\"not_found_error\",\"param\":null,\"code\":\"model_not_found\"}}\n\n");
        assertThatThrownBy(() -> {
                    var ignored = new ChatEvents(HEAD, PLAIN).events(List.of("<html>"));
                })
                .isInstanceOf(JobFailedException.class);
    }

    private static String streamed(String recording, Function<JsonNode, JsonNode> member) {
        return data(new ChatEvents(HEAD, PLAIN).events(lines(recording))).stream()
                .map(chunk -> member.apply(chunk.at("/choices/0/delta")).asText())
                .collect(Collectors.joining());
    }

    private static JsonNode whole(String recording) {
        return json(whole(lines(recording)));
    }

    private static byte[] whole(List<String> lines) {
        var answer = new ChatAnswer(HEAD, PLAIN);
        lines.forEach(line -> answer.add(List.of(line)));
        return answer.body();
    }
}
