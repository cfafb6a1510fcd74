package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class TextAloneTest {

    @ParameterizedTest
    @ValueSource(strings = {"chat-stream", "chat-utf8", "chat-think-true", "chat-logprobs", "chat-tools-stream"})
    void what_it_reads_of_a_real_answer_is_all_that_the_line_tells(String recording) {
        for (String line : Recordings.lines(recording)) {
            OllamaLine whole = OllamaLine.ofChat(line);
            boolean isTextAlone = !whole.done()
                    && !whole.content().isEmpty()
                    && whole.thinking().isEmpty()
                    && whole.toolCalls().isEmpty()
                    && whole.logprobs().isEmpty();

            assertThat(TextAlone.of(line).isPresent()).as(line).isEqualTo(isTextAlone);
            TextAlone.of(line).ifPresent(text -> assertThat(text).isEqualTo(whole.content()));
        }
    }

    @Test
    void characters_that_json_escapes_are_those_that_ollama_meant() {
        assertThat(TextAlone.of(
                        "{\"message\":{\"role\":\"assistant\",\"content\":\"\\u00e4\\n\\\"😀\"},\"done\":false}"))
                .contains("ä\n\"😀");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                " ä你😀",
                "\\n",
                "a\\\"b",
                "\\\\",
                "\\u0041",
                "\"},\"done\":false}",
                "\",\"message\":{\"role\":\"assistant\",\"content\":\"x",
                "\u0001",
                "a\",\"thinking\":\"b",
                ""
            })
    void a_line_as_ollama_writes_it_means_the_same_with_and_without_a_parser(String written) {
        String asUsual = usualLine("m", written);

        assertThat(TextAlone.of(asUsual)).isEqualTo(TextAlone.of(" " + asUsual));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a\\\"",
                "a\\\\",
                "a\",\"logprobs\":\"b",
                "a\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\"x"
            })
    void so_does_one_of_whatever_model(String model) {
        String asUsual = usualLine(model, "x");

        assertThat(TextAlone.of(asUsual)).isEqualTo(TextAlone.of(" " + asUsual));
    }

    private static String usualLine(String model, String text) {
        return "{\"model\":\"" + model + "\",\"created_at\":\"t\",\"message\":{\"role\":\"assistant\",\"content\":\""
                + text + "\"},\"done\":false}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":{\"content\":\"a\"},\"done\":true}",
                "{\"message\":{\"content\":\"\"},\"done\":false}",
                "{\"message\":{\"content\":\"a\",\"thinking\":\"b\"},\"done\":false}",
                "{\"message\":{\"content\":\"a\",\"tool_calls\":[{}]},\"done\":false}",
                "{\"message\":{\"content\":7},\"done\":false}",
                "{\"message\":\"a\",\"done\":false}",
                "{\"message\":{\"content\":\"a\"},\"logprobs\":[{}],\"done\":false}",
                "{\"message\":{\"content\":\"a\"},\"done\":false,\"new\":1}",
                "{\"message\":{\"content\":\"a\"}",
                "{\"message\":{\"content\":\"a\"",
                "{\"error\":\"no\"}",
                "[]",
                "no json",
                ""
            })
    void every_other_line_is_left_to_who_reads_it_whole(String line) {
        assertThat(TextAlone.of(line)).isEmpty();
    }
}
