package org.ollamaorchestrator.gateway.api.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class OllamaLinesTest {

    @Test
    void lines_are_passed_on_with_their_newlines_and_nothing_else() {
        var lines = new OllamaLines(true);

        assertThat(text(lines.events(List.of("{\"a\":\"\\u003c\"}", "{\"done\":true}"))))
                .isEqualTo("{\"a\":\"\\u003c\"}\n{\"done\":true}\n");
        assertThat(lines.end()).isEmpty();
        assertThat(lines.keepAlive()).isEmpty();
    }

    @Test
    void a_body_has_no_newline() {
        assertThat(text(new OllamaLines(false).events(List.of("{\"done\":true}"))))
                .isEqualTo("{\"done\":true}");
    }

    @Test
    void an_error_line_of_ollama_is_not_told_twice() {
        var lines = new OllamaLines(true);
        assertThat(text(lines.events(List.of("{\"a\":1}", "{\"error\":\"unexpected EOF\"}"))))
                .endsWith("{\"error\":\"unexpected EOF\"}\n");

        assertThat(lines.failure(new JobFailure.OllamaBroke("unexpected EOF"))).isEmpty();
    }

    @Test
    void a_loss_that_ollama_cannot_tell_of_is_told_in_its_form() {
        var lines = new OllamaLines(true);
        assertThat(lines.events(List.of("{\"a\":1}"))).isNotEmpty();

        assertThat(text(lines.failure(new JobFailure.AgentLost(true))))
                .isEqualTo("{\"error\":\"the agent's connection was lost\"}\n");
    }

    @Test
    void an_answer_in_one_piece_is_not_spoilt_by_a_loss_after_it() {
        var lines = new OllamaLines(false);
        assertThat(lines.events(List.of("{\"done\":true}"))).isNotEmpty();

        assertThat(lines.failure(new JobFailure.AgentLost(true))).isEmpty();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
