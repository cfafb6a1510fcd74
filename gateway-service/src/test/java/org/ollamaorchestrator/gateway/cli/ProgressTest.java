package org.ollamaorchestrator.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** How the pull of a model is told while it runs. */
@NullMarked
class ProgressTest {

    @Test
    void each_agent_has_a_bar_with_its_part_and_what_its_ollama_says() {
        Operation half =
                pull("running", agent("attic", "running", "pulling 8eeb52", 2_000_000_000L, 4_000_000_000L, ""));

        assertThat(Progress.Bars.lines(half))
                .containsExactly("attic  [###############               ]  50 %  pulling 8eeb52 2.0 GB of 4.0 GB");
    }

    @Test
    void bars_are_drawn_over_the_last_ones() {
        var bars = new Progress.Bars();

        String first =
                bars.show(pull("running", agent("a", "waiting", "", 0, 0, ""), agent("b", "waiting", "", 0, 0, "")));
        String second = bars.show(pull("done", agent("a", "done", "", 0, 0, ""), agent("b", "done", "", 0, 0, "")));

        assertThat(first).doesNotStartWith("\u001b").endsWith("waiting\u001b[K\n");
        assertThat(second).startsWith("\u001b[2A").contains("[##############################]  100 %  done");
    }

    @Test
    void what_failed_is_told_with_its_reason() {
        Operation failed = pull("failed", agent("attic", "failed", "", 10, 100, "no space left on device"));

        assertThat(Progress.Bars.lines(failed).getFirst()).endsWith("10 %  failed: no space left on device");
        assertThat(failed.failure()).isEqualTo("pull of tiny failed on attic: no space left on device");
    }

    @Test
    void without_a_terminal_a_line_comes_only_with_news() {
        var lines = new Progress.Lines();

        assertThat(lines.show(pull("running", agent("attic", "running", "pulling", 11, 100, ""))))
                .isEqualTo("attic: pulling 10 %\n");
        assertThat(lines.show(pull("running", agent("attic", "running", "pulling", 19, 100, ""))))
                .isEmpty();
        assertThat(lines.show(pull("running", agent("attic", "running", "pulling", 20, 100, ""))))
                .isEqualTo("attic: pulling 20 %\n");
        assertThat(lines.show(pull("done", agent("attic", "done", "success", 100, 100, ""))))
                .isEqualTo("attic: done\n");
    }

    @Test
    void an_agent_cannot_draw_on_the_terminal() {
        Operation evil = pull("running", agent("a\u001b[2J", "running", "b\u0007", 0, 0, ""));

        assertThat(Progress.Bars.lines(evil).getFirst())
                .doesNotContain("\u001b")
                .doesNotContain("\u0007");
        assertThat(new Progress.Lines().show(evil)).doesNotContain("\u001b").doesNotContain("\u0007");
    }

    @Test
    void an_operation_is_over_when_it_neither_waits_nor_runs() {
        assertThat(pull("waiting").isOver()).isFalse();
        assertThat(pull("running").isOver()).isFalse();
        assertThat(pull("done").isOver()).isTrue();
        assertThat(pull("cancelled").isOver()).isTrue();
        assertThat(pull("cancelled").failure()).isEqualTo("pull of tiny cancelled");
    }

    private static String agent(String name, String state, String status, long completed, long total, String error) {
        return new ObjectMapper()
                .createObjectNode()
                .put("id", "id-of-" + name)
                .put("name", name)
                .put("state", state)
                .put("status", status)
                .put("completed", completed)
                .put("total", total)
                .put("error", error)
                .toString();
    }

    private static Operation pull(String state, String... agents) {
        try {
            return Operation.of(new ObjectMapper()
                    .readTree("{\"id\":\"1\",\"action\":\"pull\",\"model\":\"tiny\",\"state\":\"" + state
                            + "\",\"agents\":[" + String.join(",", agents) + "]}"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
