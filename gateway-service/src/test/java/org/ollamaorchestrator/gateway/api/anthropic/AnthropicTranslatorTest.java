package org.ollamaorchestrator.gateway.api.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class AnthropicTranslatorTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final ModelAliases NO_ALIASES = new ModelAliases(Map.of(), false);

    private static final String HI = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

    @Test
    void the_smallest_request() {
        AnthropicRequest request = translated("{\"model\":\"tiny\",\"max_tokens\":8," + HI + "}");

        assertThat(request.job().body().text())
                .isEqualTo(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,\"options\":{\"num_predict\":8}}");
        assertThat(request.job().model()).isEqualTo(new ModelName("tiny"));
        assertThat(request.job().operation()).isEqualTo(Operation.CHAT);
        assertThat(request.job().version2Because()).isEmpty();
        assertThat(request.streams()).isFalse();
        assertThat(request.ignored()).isEmpty();
    }

    @Test
    void an_alias_stands_for_a_model_and_the_answer_bears_the_name_as_it_was_asked() {
        AnthropicRequest request = AnthropicTranslator.translate(
                json("{\"model\":\"claude\",\"max_tokens\":8,\"stream\":true," + HI + "}"),
                new ModelAliases(Map.of("claude", new Alias()), false));

        assertThat(request.modelAsAsked()).isEqualTo("claude");
        assertThat(request.job().model()).isEqualTo(new ModelName("qwen3"));
        assertThat(body(request).path("model").asText()).isEqualTo("qwen3");
        assertThat(body(request).path("options").toString()).isEqualTo("{\"num_predict\":8,\"num_ctx\":8192}");
        assertThat(request.streams()).isTrue();
    }

    @Test
    void sampling_becomes_options_and_comes_before_the_clients_own() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,"temperature":0.70,"top_p":0.9,"top_k":40,"stop_sequences":["END"],
                 "options":{"num_ctx":8192,"temperature":2},"keep_alive":"5m",%s}""".formatted(HI));

        assertThat(body(request).path("options").toString())
                .isEqualTo(
                        "{\"num_ctx\":8192,\"temperature\":0.7,\"num_predict\":8,\"top_p\":0.9,\"top_k\":40,\"stop\":[\"END\"]}");
        assertThat(body(request).path("keep_alive").asText()).isEqualTo("5m");
        assertThat(request.ignored()).isEmpty();
    }

    @Test
    void system_blocks_become_the_first_message() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,%s,"system":[{"type":"text","text":"Be brief."},
                 {"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral"}}]}""".formatted(HI));

        assertThat(body(request).path("messages").path(0).toString())
                .isEqualTo("{\"role\":\"system\",\"content\":\"Be brief.\\n\\nBe kind.\"}");
        assertThat(request.ignored()).containsExactly("cache_control");
    }

    @Test
    void images_of_a_message_go_beside_its_text() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,"messages":[{"role":"user","content":[
                 {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}},
                 {"type":"text","text":"What is"},{"type":"text","text":"this?"}]}]}""");

        assertThat(body(request).path("messages").toString())
                .isEqualTo("[{\"role\":\"user\",\"content\":\"What is\\nthis?\",\"images\":[\"aGk=\"]}]");
        assertThat(request.ignored()).isEmpty();
    }

    @Test
    void a_turn_with_tools_keeps_its_order_and_results_name_their_tool() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,"messages":[
                 {"role":"user","content":"Weather?"},
                 {"role":"assistant","content":[
                  {"type":"thinking","thinking":"Hm","signature":""},
                  {"type":"redacted_thinking","data":"xyz"},
                  {"type":"text","text":"Let me see."},
                  {"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Paris"}},
                  {"type":"tool_use","id":"toolu_2","name":"photo","input":{}}]},
                 {"role":"user","content":[
                  {"type":"tool_result","tool_use_id":"toolu_2","content":[{"type":"text","text":"here"},
                   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},
                  {"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":"no network"},
                  {"type":"text","text":"Go on."}]}]}""");

        assertThat(body(request).path("messages")).isEqualTo(tree("""
                [{"role":"user","content":"Weather?"},
                 {"role":"assistant","content":"Let me see.","thinking":"Hm","tool_calls":[
                  {"id":"toolu_1","function":{"name":"weather","arguments":{"city":"Paris"}}},
                  {"id":"toolu_2","function":{"name":"photo","arguments":{}}}]},
                 {"role":"tool","content":"here","images":["aGk="],"tool_name":"photo","tool_call_id":"toolu_2"},
                 {"role":"tool","content":"Error: no network","tool_name":"weather","tool_call_id":"toolu_1"},
                 {"role":"user","content":"Go on."}]"""));
        assertThat(request.job().version2Because()).isPresent();
        assertThat(request.ignored()).isEmpty();
    }

    @Test
    void tools_become_functions() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,%s,"tool_choice":{"type":"auto","disable_parallel_tool_use":true},
                 "tools":[{"name":"a","description":"does a","input_schema":{"type":"object"},"strict":true},
                  {"type":"custom","name":"b","input_schema":{"type":"object","properties":{}}}]}""".formatted(HI));

        assertThat(body(request).path("tools")).isEqualTo(tree("""
                [{"type":"function","function":{"name":"a","description":"does a","parameters":{"type":"object"}}},
                 {"type":"function","function":{"name":"b","parameters":{"type":"object","properties":{}}}}]"""));
        assertThat(request.ignored()).containsExactly("tools.strict", "tool_choice.disable_parallel_tool_use");
    }

    @Test
    void no_choice_of_tools_leaves_them_out() {
        AnthropicRequest request = translated("""
                {"model":"tiny","max_tokens":8,%s,"tool_choice":{"type":"none"},
                 "tools":[{"name":"a","input_schema":{"type":"object"}}]}""".formatted(HI));

        assertThat(body(request).has("tools")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "thinking":{"type":"enabled","budget_tokens":1024}                                  | true
            "thinking":{"type":"disabled"}                                                      | false
            "thinking":{"type":"adaptive"}                                                      | ``
            "thinking":{"type":"between_tools"}                                                 | ``
            "thinking":null                                                                     | ``
            "output_config":{"effort":"low"}                                                    | "low"
            "output_config":{"effort":"xhigh"}                                                  | "max"
            "output_config":{}                                                                  | ``
            "thinking":{"type":"adaptive"},"output_config":{"effort":"max"}                     | "max"
            "thinking":{"type":"enabled"},"output_config":{"effort":"high"}                     | "high"
            "thinking":{"type":"disabled"},"output_config":{"effort":"high"}                    | false
            "thinking":{"type":"disabled"},"think":"low"                                        | "low"
            """)
    void thinking_and_effort_become_think(String fields, String think) {
        JsonNode body = body(translated("{\"model\":\"tiny\",\"max_tokens\":8," + HI + "," + fields + "}"));

        assertThat(body.path("think").toString()).isEqualTo(think);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}
            "output_format":{"type":"json_schema","schema":{"type":"object"}}
            """)
    void a_schema_for_the_answer_becomes_the_format(String field) {
        JsonNode body = body(translated("{\"model\":\"tiny\",\"max_tokens\":8," + HI + "," + field + "}"));

        assertThat(body.path("format").toString()).isEqualTo("{\"type\":\"object\"}");
    }

    @Test
    void what_claude_code_sends_besides_is_accepted_and_named() {
        AnthropicRequest request = AnthropicTranslator.translate(recorded(), NO_ALIASES);

        assertThat(request.streams()).isTrue();
        assertThat(request.ignored())
                .containsExactly(
                        "metadata",
                        "service_tier",
                        "context_management",
                        "speed",
                        "cache_control",
                        "tools.eager_input_streaming",
                        "thinking.budget_tokens");
        JsonNode body = body(request);
        assertThat(body.path("think").asBoolean()).isTrue();
        assertThat(body.path("tools").size()).isEqualTo(1);
        assertThat(body.path("messages").size()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            `{"max_tokens":8}`                                                                       | model is missing
            `{"model":7,"max_tokens":8}`                                                             | model is not a text
            `{"model":" ","max_tokens":8}`                                                           | model is blank
            `{"model":"a"}`                                                                          | max_tokens is missing
            `{"model":"a","max_tokens":null}`                                                        | max_tokens is missing
            `{"model":"a","max_tokens":"8",MESSAGES}`                                                | max_tokens is not an integer
            `{"model":"a","max_tokens":1.5,MESSAGES}`                                                | max_tokens is not an integer
            `{"model":"a","max_tokens":0,MESSAGES}`                                                  | max_tokens is not positive
            `{"model":"a","max_tokens":8}`                                                           | messages is missing
            `{"model":"a","max_tokens":8,"messages":{}}`                                             | messages is not a list
            `{"model":"a","max_tokens":8,"messages":[]}`                                             | messages is empty
            `{"model":"a","max_tokens":8,"messages":["x"]}`                                          | messages[0] is not an object
            `{"model":"a","max_tokens":8,"messages":[{"content":"x"}]}`                              | messages[0].role is missing
            `{"model":"a","max_tokens":8,"messages":[{"role":"tool","content":"x"}]}`                | messages[0].role is not user
            `{"model":"a","max_tokens":8,"messages":[{"role":"user"}]}`                              | messages[0].content is missing
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":7}]}`                  | messages[0].content is not a text
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":[{"text":"x"}]}]}`     | messages[0].content[0].type is missing
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":[{"type":"text"}]}]}`  | messages[0].content[0].text is missing
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":[{"type":"document","source":{}}]}]}` | messages[0].content[0].type
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"http://x"}}]}]}` | messages[0].content[0].source.type
            `{"model":"a","max_tokens":8,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]}` | messages[0].content[0].tool_use_id
            `{"model":"a","max_tokens":8,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"a"}]}]}` | messages[0].content[0].input is missing
            `{"model":"a","max_tokens":8,"messages":[{"role":"assistant","content":[{"type":"server_tool_use"}]}]}` | messages[0].content[0].type
            `{"model":"a","max_tokens":8,MESSAGES,"system":7}`                                       | system is not a text
            `{"model":"a","max_tokens":8,MESSAGES,"stream":"yes"}`                                   | stream is neither true nor false
            `{"model":"a","max_tokens":8,MESSAGES,"temperature":"hot"}`                              | temperature is not a number
            `{"model":"a","max_tokens":8,MESSAGES,"top_k":1.5}`                                      | top_k is not an integer
            `{"model":"a","max_tokens":8,MESSAGES,"stop_sequences":"x"}`                             | stop_sequences is not a list
            `{"model":"a","max_tokens":8,MESSAGES,"stop_sequences":[7]}`                             | stop_sequences[0] is not a text
            `{"model":"a","max_tokens":8,MESSAGES,"tools":{}}`                                       | tools is not a list
            `{"model":"a","max_tokens":8,MESSAGES,"tools":[{"type":"web_search_20250305","name":"web_search"}]}` | tools[0].type is not custom
            `{"model":"a","max_tokens":8,MESSAGES,"tools":[{"name":"a"}]}`                           | tools[0].input_schema is missing
            `{"model":"a","max_tokens":8,MESSAGES,"tool_choice":"auto"}`                             | tool_choice is not an object
            `{"model":"a","max_tokens":8,MESSAGES,"tool_choice":{"type":"any"}}`                     | tool_choice.type cannot be honoured
            `{"model":"a","max_tokens":8,MESSAGES,"tool_choice":{"type":"tool","name":"a"}}`         | tool_choice.type cannot be honoured
            `{"model":"a","max_tokens":8,MESSAGES,"thinking":{"type":"deep"}}`                       | thinking.type is not
            `{"model":"a","max_tokens":8,MESSAGES,"output_config":{"effort":"huge"}}`                | output_config.effort is not
            `{"model":"a","max_tokens":8,MESSAGES,"output_config":{"format":{"type":"yaml"}}}`       | output_config.format.type is not
            `{"model":"a","max_tokens":8,MESSAGES,"mcp_servers":[{"url":"http://x"}]}`               | mcp_servers cannot be honoured
            `{"model":"a","max_tokens":8,MESSAGES,"container":"c"}`                                  | container cannot be honoured
            `{"model":"a","max_tokens":8,MESSAGES,"thread":{"type":"create"}}`                       | thread cannot be honoured
            `{"model":"a","max_tokens":8,MESSAGES,"options":[]}`                                     | options is not an object
            `{"model":"a","max_tokens":8,MESSAGES,"keep_alive":true}`                                | keep_alive is not a duration
            `{"model":"a","max_tokens":8,MESSAGES,"think":7}`                                        | think is not
            """)
    void a_field_at_fault_is_named(String request, String error) {
        assertThatThrownBy(() -> translated(request.replace("MESSAGES", HI)))
                .isInstanceOf(ClientErrorException.class)
                .hasMessageContaining(error)
                .satisfies(e -> assertThat(((ClientErrorException) e).field()).isPresent());
    }

    @Test
    void what_says_nothing_is_not_refused() {
        AnthropicRequest request = translated(
                "{\"model\":\"a\",\"max_tokens\":8,\"mcp_servers\":[],\"container\":null,\"tools\":[],\"system\":null,"
                        + HI + "}");

        assertThat(request.ignored()).isEmpty();
        assertThat(body(request).has("tools")).isFalse();
    }

    @Test
    void tokens_are_estimated_from_bytes_messages_and_images() {
        AnthropicRequest request = AnthropicTranslator.translateToCount(json("""
                {"model":"a","system":"12345678","messages":[{"role":"user","content":[{"type":"text","text":"12é45"},
                 {"type":"image","source":{"type":"base64","data":"aGk="}}]}]}"""), NO_ALIASES);

        assertThat(request.tokens()).isEqualTo(4 + 2 + 4 + 2 + 1_000);
        assertThat(AnthropicTranslator.translateToCount(recorded(), NO_ALIASES).tokens())
                .isBetween(60L, 400L);
    }

    private static ObjectNode recorded() {
        try (var stream = Objects.requireNonNull(
                AnthropicTranslatorTest.class.getResourceAsStream("/golden/anthropic/claude-code-request.json"))) {
            return (ObjectNode) JSON.readTree(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static AnthropicRequest translated(String request) {
        return AnthropicTranslator.translate(json(request), NO_ALIASES);
    }

    private static JsonNode body(AnthropicRequest request) {
        return tree(request.job().body().text());
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) tree(text);
    }

    private static JsonNode tree(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    private record Alias() implements GatewayConfig.Alias {

        @Override
        public String model() {
            return "qwen3";
        }

        @Override
        public Map<String, String> options() {
            return Map.of("num_ctx", "8192");
        }
    }
}
