package org.ollamaorchestrator.gateway.api.seed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class SeedEventsTest {

    private static final String LAST =
            "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":2}";

    private final SeedEvents events = new SeedEvents();

    @Test
    void each_line_is_a_token_and_a_whole_answer_ends_with_done() {
        assertThat(text(events.events(List.of(token(" other"), token(" \\u003cb\\u003e 😀"), LAST))))
                .isEqualTo("""
                        data: {"token":" other","done":false}

                        data: {"token":" <b> 😀","done":false}

                        data: {"token":"","done":true}

                        """);
        assertThat(text(events.end())).isEqualTo("data: [DONE]\n\n");
    }

    @Test
    void an_answer_without_its_last_line_never_looks_complete() {
        var before = events.events(List.of(token("a")));

        assertThat(text(before)).contains("\"a\"");
        assertThat(text(events.end())).startsWith("data: {\"error\":").doesNotContain("[DONE]");
    }

    @Test
    void thinking_and_tool_calls_stand_beside_the_token() {
        var thinking = "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm\"},\"done\":false}";
        var call =
                "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]},\"done\":false}";

        assertThat(text(events.events(List.of(thinking, call)))).isEqualTo("""
                        data: {"token":"","done":false,"thinking":"Hm"}

                        data: {"token":"","done":false,"tool_calls":[{"function":{"name":"f"}}]}

                        """);
    }

    @Test
    void lines_without_anything_to_say_and_error_lines_are_no_tokens() {
        assertThat(events.events(List.of(token(""), "{\"error\":\"unexpected EOF\"}")))
                .isEmpty();
    }

    @Test
    void a_failure_in_mid_stream_is_the_seeds_error_event() {
        assertThat(text(events.failure(new JobFailure.OllamaBroke("unexpected \"EOF\""))))
                .isEqualTo("data: {\"error\":\"unexpected \\\"EOF\\\"\"}\n\n");
        assertThat(text(events.failure(
                        new JobFailure.OllamaAnswered(404, "application/json", "{\"error\":\"model 'x' not found\"}"))))
                .isEqualTo("data: {\"error\":\"model 'x' not found\"}\n\n");
    }

    @Test
    void a_line_that_is_not_json_fails_the_job() {
        assertThatThrownBy(() -> {
                    var ignored = events.events(List.of("<html>"));
                })
                .isInstanceOf(JobFailedException.class);
    }

    private static String token(String text) {
        return "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"done\":false}";
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
