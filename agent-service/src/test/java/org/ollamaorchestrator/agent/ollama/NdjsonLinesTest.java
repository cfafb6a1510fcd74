package org.ollamaorchestrator.agent.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NdjsonLinesTest {

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":\"ä\"}\n{\"b\":\"\ud83d\ude00\"}\n", "{\"a\":\"ä\"}\n{\"b\":\"\ud83d\ude00\"}"})
    void lines_are_the_same_wherever_the_document_is_cut(String document) {
        byte[] bytes = document.getBytes(UTF_8);
        for (int first = 0; first <= bytes.length; first++) {
            for (int second = first; second <= bytes.length; second++) {
                List<String> seen = new ArrayList<>();
                NdjsonLines lines = new NdjsonLines(1_000, (line, length) -> seen.add(line));
                Buffer whole = Buffer.buffer(bytes);

                lines.feed(whole.getBuffer(0, first));
                lines.feed(whole.getBuffer(first, second));
                lines.feed(whole.getBuffer(second, bytes.length));
                lines.end();

                assertThat(seen).containsExactly("{\"a\":\"ä\"}", "{\"b\":\"\ud83d\ude00\"}");
            }
        }
    }

    @Test
    void a_line_too_long_is_noticed_whether_or_not_it_ends() {
        for (String text : List.of("12345678901", "12345678901\n", "12345678901\nx\n")) {
            List<String> seen = new ArrayList<>();
            NdjsonLines lines = new NdjsonLines(10, (line, length) -> seen.add(line));

            lines.feed(Buffer.buffer(text));
            lines.end();

            assertThat(lines.tooLong()).isTrue();
            assertThat(seen).isEmpty();
        }
    }

    @Test
    void only_a_line_of_the_answer_itself_is_an_end_or_an_error() {
        assertThat(OllamaLine.of("{\"done\":true}", 1).done()).isTrue();
        assertThat(OllamaLine.of("{\"x\":{\"done\":true},\"done\":false}", 1).done())
                .isFalse();
        assertThat(OllamaLine.of("{\"response\":\"\\\"done\\\":true\",\"done\":false}", 1)
                        .done())
                .isFalse();
        assertThat(OllamaLine.of("{\"error\":\"bad\"}", 1).error()).isEqualTo("bad");
        assertThat(OllamaLine.of("{\"error\":\"bad\",\"done\":false}", 1).error())
                .isEqualTo("bad");
        assertThat(OllamaLine.of("{\"message\":{\"error\":\"bad\"},\"done\":false}", 1)
                        .error())
                .isNull();
        assertThat(OllamaLine.of("{\"status\":\"success\"}", 1).success()).isTrue();
        assertThat(OllamaLine.of("{\"status\":\"writing \\\"success\\\"\"}", 1).success())
                .isFalse();
        assertThat(OllamaLine.of("not json \"done\":true", 1).done()).isFalse();
    }
}
