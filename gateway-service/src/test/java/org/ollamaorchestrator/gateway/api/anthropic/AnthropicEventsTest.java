package org.ollamaorchestrator.gateway.api.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class AnthropicEventsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String START = """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_x","type":"message","role":"assistant","model":"mine","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}

            event: ping
            data: {"type":"ping"}

            """;

    private final MessageEvents events = new MessageEvents(new AnswerIds("x"), "mine");

    @Test
    void text_is_one_block_and_the_counts_are_ollamas() {
        List<String> lines = Recordings.lines("chat-stream");

        String first = text(events.events(lines.subList(0, 1)));
        String last = text(events.events(lines.subList(1, lines.size())));

        assertThat(first).isEqualTo(START + """
                        event: content_block_start
                        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" other"}}

                        """);
        assertThat(last).endsWith("""
                        event: content_block_delta
                        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" same"}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":0}

                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":20,"output_tokens":16}}

                        """);
        assertThat(text(events.end())).isEqualTo("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    @Test
    void characters_beyond_ascii_arrive_as_they_are() {
        String all = text(events.events(Recordings.lines("chat-utf8")));

        assertThat(all).contains("{\"type\":\"text_delta\",\"text\":\" 🙂\"}");
    }

    @Test
    void thinking_is_a_block_of_its_own_that_ends_with_a_signature() {
        String all = text(events.events(Recordings.lines("chat-think-true")));

        assertThat(all).contains("""
                        data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"The"}}
                        """).contains("""
                        data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":""}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":0}

                        event: content_block_start
                        data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}
                        """).contains("\"stop_reason\":\"end_turn\"");
    }

    @Test
    void a_tool_call_is_a_block_with_its_whole_input_in_one_delta() {
        String all = text(events.events(Recordings.lines("chat-tools-stream")));

        assertThat(all).endsWith("""
                        event: content_block_stop
                        data: {"type":"content_block_stop","index":0}

                        event: content_block_start
                        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_x_0","name":"get_weather","input":{}}}

                        event: content_block_delta
                        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"days\\":3,\\"city\\":\\"Paris\\"}"}}

                        event: content_block_stop
                        data: {"type":"content_block_stop","index":1}

                        event: message_delta
                        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":204,"output_tokens":25}}

                        """);
    }

    @Test
    void thinking_then_text_then_several_calls_are_blocks_in_that_order() throws JsonProcessingException {
        var lines = List.of(
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm\"},\"done\":false}",
                "{\"message\":{\"role\":\"assistant\",\"content\":\"Let me see\"},\"done\":false}",
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":{\"n\":1.10}}},{\"function\":{\"name\":\"b\",\"arguments\":{}}}]},\"done\":false}",
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"a\"}}]},\"done\":false}",
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":5}");

        List<JsonNode> all = parsed(text(events.events(lines)) + text(events.end()));

        assertThat(all.stream()
                        .filter(event -> event.has("content_block"))
                        .map(event -> event.path("index").asInt() + " "
                                + event.at("/content_block/type").asText() + " "
                                + event.at("/content_block/id").asText()))
                .containsExactly(
                        "0 thinking ",
                        "1 text ",
                        "2 tool_use toolu_x_0",
                        "3 tool_use toolu_x_1",
                        "4 tool_use toolu_x_2");
        assertThat(all.stream()
                        .map(event -> event.at("/delta/partial_json"))
                        .filter(JsonNode::isTextual)
                        .map(JsonNode::textValue))
                .containsExactly("{\"n\":1.10}", "{}", "{}");
        assertThat(all.stream()
                        .filter(event ->
                                "content_block_stop".equals(event.path("type").asText())))
                .hasSize(5);
        assertThat(all.get(all.size() - 2).at("/delta/stop_reason").asText()).isEqualTo("tool_use");
        assertThat(all.getLast().path("type").asText()).isEqualTo("message_stop");
    }

    @Test
    void an_answer_without_its_last_line_ends_in_an_error() {
        List<String> lines = Recordings.lines("chat-stream");

        String before = text(events.events(lines.subList(0, 5)));
        String end = text(events.end());

        assertThat(before).doesNotContain("message_delta");
        assertThat(end).isEqualTo("""
                event: error
                data: {"type":"error","error":{"type":"api_error","message":"the answer ended before it was whole"}}

                """);
    }

    @Test
    void a_failure_in_mid_stream_is_an_error_event() {
        assertThat(text(events.failure(new JobFailure.OllamaBroke("unexpected \"EOF\""))))
                .isEqualTo("""
                        event: error
                        data: {"type":"error","error":{"type":"api_error","message":"unexpected \\"EOF\\""}}

                        """);
        assertThat(text(events.failure(new JobFailure.GatewayDraining()))).contains("overloaded_error");
    }

    @Test
    void an_error_line_says_nothing_since_the_jobs_end_tells_of_it() {
        var ignored = events.events(Recordings.lines("chat-stream").subList(0, 1));

        assertThat(events.events(List.of("{\"error\":\"unexpected EOF\"}"))).isEmpty();
    }

    @Test
    void a_silence_before_the_first_line_starts_the_message_and_a_later_one_is_a_ping() {
        String first = text(events.keepAlive());
        String second = text(events.keepAlive());
        String line = text(events.events(Recordings.lines("chat-stream").subList(0, 1)));

        assertThat(first).isEqualTo(START);
        assertThat(second).isEqualTo("event: ping\ndata: {\"type\":\"ping\"}\n\n");
        assertThat(line).startsWith("event: content_block_start");
    }

    @Test
    void a_line_that_is_not_json_fails_the_job() {
        assertThatThrownBy(() -> {
                    var ignored = events.events(List.of("<html>"));
                })
                .isInstanceOf(JobFailedException.class);
    }

    private static List<JsonNode> parsed(String stream) throws JsonProcessingException {
        var all = new ArrayList<JsonNode>();
        for (String event : stream.strip().split("\n\n", -1)) {
            String[] parts = event.split("\ndata: ", 2);
            JsonNode json = JSON.readTree(parts[1]);
            assertThat(parts[0]).isEqualTo("event: " + json.path("type").asText());
            all.add(json);
        }
        return all;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
