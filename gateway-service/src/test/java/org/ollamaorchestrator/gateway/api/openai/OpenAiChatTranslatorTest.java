package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class OpenAiChatTranslatorTest {

    private static final String HI = "\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void the_simplest_request_streams_from_ollama_whether_its_client_wants_events_or_not() {
        TranslatedRequest request = translate("{" + HI + "}");

        assertThat(request.operation()).isEqualTo(Operation.CHAT);
        assertThat(request.stream()).isFalse();
        assertThat(request.body().toString())
                .isEqualTo(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}");
        assertThat(translate("{" + HI + ",\"stream\":true}").stream()).isTrue();
    }

    @Test
    void what_shapes_the_answer_becomes_ollamas_options_and_wins_over_the_clients_own_options() {
        assertThat(translate("""
                {%s,"max_tokens":5,"max_completion_tokens":7,"temperature":0.5,"top_p":0.9,"seed":42,"stop":"x",
                 "frequency_penalty":0.1,"presence_penalty":0.2,"options":{"num_ctx":4096,"seed":1},"keep_alive":"5m"}
                """.formatted(HI)).body()).isEqualTo(Recordings.object("""
                        {"model":"tiny","messages":[{"role":"user","content":"Hi"}],"stream":true,
                         "options":{"num_ctx":4096,"seed":42,"temperature":0.5,"top_p":0.9,"frequency_penalty":0.1,
                                    "presence_penalty":0.2,"stop":["x"],"num_predict":7},
                         "keep_alive":"5m"}
                        """));
    }

    @Test
    void a_conversation_with_tools_images_and_thinking_keeps_all_its_parts() {
        assertThat(translate("""
                {"model":"tiny","messages":[
                 {"role":"developer","content":[{"type":"text","text":"Be"},{"type":"text","text":"kind"}]},
                 {"role":"user","content":[{"type":"text","text":"See"},
                  {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]},
                 {"role":"assistant","content":null,"reasoning":"Hm","tool_calls":[
                  {"id":"c1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1.10}"}},
                  {"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
                 {"role":"tool","tool_call_id":"c2","content":"sunny"}],
                 "tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}
                """).body()).isEqualTo(Recordings.object("""
                        {"model":"tiny","messages":[
                         {"role":"system","content":"Be\\nkind"},
                         {"role":"user","content":"See","images":["AAAA"]},
                         {"role":"assistant","content":"","thinking":"Hm","tool_calls":[
                          {"id":"c1","function":{"name":"f","arguments":{"a":1.10}}},
                          {"id":"c2","function":{"name":"g","arguments":{}}}]},
                         {"role":"tool","content":"sunny","tool_name":"g","tool_call_id":"c2"}],
                         "stream":true,
                         "tools":[{"type":"function","function":{"name":"f","parameters":{}}}]}
                        """));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"reasoning_effort\":\"none\"; \"think\":false",
                "\"reasoning_effort\":\"high\"; \"think\":\"high\"",
                "\"reasoning\":{\"effort\":\"minimal\"}; \"think\":\"low\"",
                "\"think\":true; \"think\":true",
                "\"response_format\":{\"type\":\"json_object\"}; \"format\":\"json\"",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":{\"type\":\"object\"}}}; \"format\":{\"type\":\"object\"}",
                "\"logprobs\":true,\"top_logprobs\":2; \"logprobs\":true,\"top_logprobs\":2",
                "\"tool_choice\":\"none\",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]; \"x\":0",
            })
    void each_has_its_word_in_ollamas_request(String given, String expected) {
        var body = translate("{" + HI + "," + given + "}").body();

        var want = Recordings.object("{" + HI + ",\"stream\":true," + expected + "}");
        var ignored = want.remove("x");
        assertThat(body).isEqualTo(want);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"n\":2; n",
                "\"logit_bias\":{\"5\":1}; logit_bias",
                "\"audio\":{}; audio",
                "\"modalities\":[\"text\",\"audio\"]; modalities",
                "\"web_search_options\":{}; web_search_options",
                "\"tool_choice\":\"required\"; tool_choice",
                "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}; tool_choice",
                "\"temperature\":\"hot\"; temperature",
                "\"max_tokens\":1.5; max_tokens",
                "\"stop\":[1]; stop",
                "\"stop\":5; stop",
                "\"stream\":\"yes\"; stream",
                "\"tools\":[{\"type\":\"custom\"}]; tools[0].type",
                "\"response_format\":{\"type\":\"xml\"}; response_format.type",
                "\"reasoning_effort\":\"huge\"; reasoning_effort",
                "\"reasoning\":{\"effort\":1}; reasoning.effort",
                "\"options\":[]; options",
                "\"messages\":[]; messages",
                "\"messages\":\"Hi\"; messages",
                "\"messages\":[{\"role\":\"user\"}]; messages[0].content",
                "\"messages\":[{\"role\":\"bard\",\"content\":\"x\"}]; messages[0].role",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.com/a.png\"}}]}]; messages[0].content[0].image_url.url",
                "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]; messages[0].content[0].type",
                "\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}]}]; messages[0].tool_calls[0].function.arguments",
                "\"model\":\" \"; model",
                "\"model\":null; model",
            })
    void what_cannot_be_honoured_or_read_is_refused_by_its_name(String given, String field) {
        assertThatThrownBy(() -> {
                    var ignored = translate("{" + HI + "," + given + "}");
                })
                .isInstanceOfSatisfying(ClientErrorException.class, e -> {
                    assertThat(e.status()).isEqualTo(400);
                    assertThat(e.field()).contains(field);
                });
    }

    @Test
    void hints_and_unknown_fields_are_taken_and_named_and_values_that_change_nothing_are_not() {
        TranslatedRequest request = translate("""
                {%s,"user":"u","store":true,"future":1,"metadata":null,"n":1,"logit_bias":{},"modalities":["text"],
                 "parallel_tool_calls":false}""".formatted(HI));

        assertThat(request.ignored()).containsExactly("user", "store", "future", "parallel_tool_calls");
    }

    private static TranslatedRequest translate(String json) {
        return ChatTranslator.translate(Recordings.object(json));
    }
}
