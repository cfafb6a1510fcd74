package org.ollamaorchestrator.gateway.api.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

@NullMarked
class AnthropicWholeMessageTest {

    private final WholeMessage whole = new WholeMessage(new AnswerIds("x"), "mine");

    @Test
    void text_is_one_block_however_many_lines_it_came_in() {
        whole.add(Recordings.lines("chat-utf8"));

        assertThat(body())
                .isEqualTo(
                        "{\"id\":\"msg_x\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"mine\",\"content\":[{\"type\":\"text\",\"text\":\" think 🙂 is came who say into be because we study then first say write men\"}],\"stop_reason\":\"max_tokens\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":20,\"output_tokens\":16}}");
    }

    @Test
    void thinking_comes_before_text() {
        whole.add(Recordings.lines("chat-think-true"));

        assertThat(body())
                .contains(
                        "\"content\":[{\"type\":\"thinking\",\"thinking\":\"The user greets me , so I answer .\",\"signature\":\"\"},{\"type\":\"text\",\"text\":\"Hello there , good to see you !\"}]");
    }

    @Test
    void a_call_has_its_input_as_an_object() {
        whole.add(Recordings.lines("chat-tools-stream"));

        assertThat(body())
                .contains(
                        "\"content\":[{\"type\":\"text\",\"text\":\"Let me look . \"},{\"type\":\"tool_use\",\"id\":\"toolu_x_0\",\"name\":\"get_weather\",\"input\":{\"days\":3,\"city\":\"Paris\"}}],\"stop_reason\":\"tool_use\"");
    }

    @Test
    void an_answer_without_its_last_line_is_a_failure() {
        whole.add(Recordings.lines("chat-stream").subList(0, 5));

        assertThatThrownBy(this::body).isInstanceOf(JobFailedException.class);
    }

    private String body() {
        return new String(whole.body(), UTF_8);
    }
}
