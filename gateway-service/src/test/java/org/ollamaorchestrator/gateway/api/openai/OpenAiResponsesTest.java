package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.HEAD;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.data;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.json;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.lines;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class OpenAiResponsesTest {

    private static final String HI = "\"model\":\"tiny\",\"input\":\"Hi\"";

    @Test
    void a_text_is_a_message_of_the_user() {
        assertThat(translate("""
                {%s,"instructions":"Be kind","max_output_tokens":5,"reasoning":{"effort":"low"},"truncation":"disabled",
                 "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}},
                 "tools":[{"type":"function","name":"f","description":"d","parameters":{},"strict":true}]}""".formatted(HI)).body()).isEqualTo(object("""
                        {"model":"tiny","messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"Hi"}],
                         "stream":true,
                         "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{}}}],
                         "format":{"type":"object"},"truncate":false,"options":{"num_predict":5},"think":"low"}"""));
    }

    @Test
    void what_the_model_thought_said_and_called_in_a_row_is_one_message() {
        assertThat(translate("""
                {"model":"tiny","input":[
                 {"role":"user","content":[{"type":"input_text","text":"See"},
                  {"type":"input_image","image_url":"data:image/png;base64,AAAA"}]},
                 {"type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}]},
                 {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Well"}]},
                 {"type":"function_call","call_id":"c1","name":"f","arguments":"{\\"a\\":1}"},
                 {"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},
                 {"type":"function_call_output","call_id":"c1","output":"1"},
                 {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]}]}""").body()).isEqualTo(object("""
                        {"model":"tiny","messages":[
                         {"role":"user","content":"See","images":["AAAA"]},
                         {"role":"assistant","content":"Well","thinking":"Hm","tool_calls":[
                          {"id":"c1","function":{"name":"f","arguments":{"a":1}}},
                          {"id":"c2","function":{"name":"g","arguments":{}}}]},
                         {"role":"tool","content":"1","tool_name":"f","tool_call_id":"c1"},
                         {"role":"tool","content":"2","tool_name":"g","tool_call_id":"c2"}],
                         "stream":true}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"previous_response_id\":\"r\"; previous_response_id",
                "\"conversation\":\"c\"; conversation",
                "\"background\":true; background",
                "\"prompt\":{\"id\":\"p\"}; prompt",
                "\"tools\":[{\"type\":\"web_search\"}]; tools[0].type",
                "\"tool_choice\":\"required\"; tool_choice",
                "\"input\":[]; input",
                "\"input\":null; input",
                "\"input\":[{\"type\":\"item_reference\",\"id\":\"x\"}]; input[0].type",
                "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"https://e.com\"}]}]; input[0].content[0].image_url",
                "\"input\":[{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"[]\"}]; input[0].arguments",
                "\"text\":{\"format\":{\"type\":\"json_schema\"}}; text.format.schema",
                "\"truncation\":\"maybe\"; truncation",
            })
    void what_cannot_be_honoured_is_refused_by_its_name(String given, String field) {
        assertThatThrownBy(() -> {
                    var ignored = translate("{" + HI + "," + given + "}");
                })
                .isInstanceOfSatisfying(
                        ClientErrorException.class, e -> assertThat(e.field()).contains(field));
    }

    @Test
    void thinking_counts_more_than_its_summary() {
        assertThat(translate("""
                {"model":"tiny","input":[
                 {"type":"reasoning","summary":[{"type":"summary_text","text":"S"}],
                  "content":[{"type":"reasoning_text","text":"T"}],"encrypted_content":null},
                 {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}]}""").body().at("/messages/0/thinking").asText()).isEqualTo("T");
    }

    @Test
    void hints_are_taken_and_named() {
        assertThat(translate("{" + HI + ",\"store\":true,\"background\":false,\"future\":1}")
                        .ignored())
                .containsExactly("store", "future");
    }

    @Test
    void a_thinking_answer_has_the_events_of_ollamas_own_and_the_part_events_it_lacks() {
        var dialect = form().events(HEAD);
        byte[] bytes = dialect.events(lines("chat-think-true"));
        List<JsonNode> events = data(bytes);

        assertThat(types(events).stream()
                        .filter(type -> !type.contains("summary_part"))
                        .toList())
                .isEqualTo(types(data(
                        Recordings.text("v1-responses-reasoning-stream.txt").getBytes(UTF_8))));
        assertThat(types(events)).contains("response.reasoning_summary_part.added");
        assertThat(events)
                .extracting(event -> event.path("sequence_number").asInt())
                .isSorted()
                .doesNotHaveDuplicates()
                .startsWith(0);
        assertThat(new String(bytes, UTF_8))
                .startsWith("event: response.created\ndata: {")
                .endsWith("}\n\n");
        JsonNode response = events.getLast().path("response");
        assertThat(response.path("status").asText()).isEqualTo("completed");
        assertThat(response.at("/output/0/summary/0/text").asText()).isEqualTo("The user greets me , so I answer .");
        assertThat(response.at("/output/1/content/0/text").asText()).isEqualTo("Hello there , good to see you !");
        assertThat(response.at("/usage/total_tokens").asInt()).isEqualTo(29);
        assertThat(dialect.end()).isEmpty();
    }

    @Test
    void each_event_has_the_members_of_ollamas_own() {
        List<JsonNode> ours = data(form().events(HEAD).events(lines("chat-think-true")));

        for (JsonNode own :
                data(Recordings.text("v1-responses-reasoning-stream.txt").getBytes(UTF_8))) {
            String type = own.path("type").asText();
            JsonNode event = ours.stream()
                    .filter(each -> each.path("type").asText().equals(type))
                    .findFirst()
                    .orElseThrow();
            assertThat(own.properties())
                    .as(type)
                    .allSatisfy(member -> assertThat(event.has(member.getKey())).isTrue());
            assertThat(own.path("response").properties())
                    .as(type)
                    .allSatisfy(member -> assertThat(event.path("response").has(member.getKey()))
                            .isTrue());
        }
    }

    @Test
    void a_call_ends_the_message_before_it_and_has_an_index_of_its_own() {
        List<JsonNode> events = data(form().events(HEAD).events(lines("chat-tools-stream")));

        assertThat(types(events))
                .containsSubsequence(
                        "response.output_text.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        JsonNode call = events.getLast().at("/response/output/1");
        assertThat(call.path("type").asText()).isEqualTo("function_call");
        assertThat(call.path("call_id").asText()).isEqualTo("call_avx1umuq");
        assertThat(json(call.path("arguments").asText())).isEqualTo(object("{\"days\":3,\"city\":\"Paris\"}"));
    }

    @Test
    void an_answer_that_met_its_bound_is_incomplete() {
        List<JsonNode> events = data(form().events(HEAD).events(lines("chat-stream")));

        assertThat(types(events).getLast()).isEqualTo("response.incomplete");
        assertThat(events.getLast().at("/response/incomplete_details/reason").asText())
                .isEqualTo("max_output_tokens");
        assertThat(whole("chat-stream").path("status").asText()).isEqualTo("incomplete");
    }

    @Test
    void a_whole_response_has_the_members_of_ollamas_own_and_the_output_of_the_stream() {
        JsonNode ours = whole("chat-tools-stream");

        assertThat(json(Recordings.text("v1-responses-nostream.txt")).properties())
                .allSatisfy(member -> assertThat(ours.has(member.getKey())).isTrue());
        assertThat(ours.path("output"))
                .isEqualTo(data(form().events(HEAD).events(lines("chat-tools-stream")))
                        .getLast()
                        .at("/response/output"));
        assertThatThrownBy(() -> {
                    var ignored = form().whole(HEAD).body();
                })
                .isInstanceOf(JobFailedException.class);
    }

    @Test
    void whatever_fails_the_last_event_says_so() {
        EventDialect broken = form().events(HEAD);
        var before = broken.events(lines("chat-utf8").subList(0, 2));
        List<JsonNode> after = data(broken.failure(new JobFailure.OllamaBroke("unexpected EOF")));

        assertThat(types(data(before))).startsWith("response.created");
        assertThat(types(after)).endsWith("response.output_item.done", "response.failed");
        assertThat(after.getLast().at("/response/error").toString())
                .isEqualTo("{\"code\":\"server_error\",\"message\":\"unexpected EOF\"}");
        assertThat(after.getLast().at("/response/output/0/status").asText()).isEqualTo("incomplete");
        assertThat(after.getLast().at("/response/output/0/content/0/text").asText())
                .isEqualTo(" think 🙂");
        assertThat(types(data(form().events(HEAD).end())))
                .containsExactly("response.created", "response.in_progress", "response.failed");
    }

    @Test
    void the_first_silence_is_filled_with_the_beginning() {
        EventDialect events = form().events(HEAD);

        assertThat(types(data(events.keepAlive()))).containsExactly("response.created", "response.in_progress");
        assertThat(new String(events.keepAlive(), UTF_8)).isEqualTo(": keep-alive\n\n");
        assertThat(types(data(events.events(lines("chat-utf8"))))).startsWith("response.output_item.added");
    }

    private static AnswerForm form() {
        return translate("{" + HI + "}").form();
    }

    private static JsonNode whole(String recording) {
        var answer = form().whole(HEAD);
        answer.add(lines(recording));
        return json(answer.body());
    }

    private static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.path("type").asText()).toList();
    }

    private static TranslatedRequest translate(String json) {
        return ResponsesTranslator.translate(object(json));
    }
}
