package org.ollamaorchestrator.agent.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.agent.ollama.OllamaLine;

class WindowTest {

    @Test
    void one_line_may_always_go_however_long() {
        assertThat(new Window(1, 1).admits(1_000_000)).isTrue();
    }

    @Test
    void it_is_full_at_its_number_of_lines_and_opens_with_each_acknowledged() {
        Window window = new Window(2, 1_000);
        window.sent(line(1));
        window.sent(line(1));
        assertThat(window.openBeside(0, 0)).isFalse();

        window.acknowledged(1);

        assertThat(window.openBeside(0, 0)).isTrue();
    }

    @Test
    void it_is_full_at_its_number_of_bytes() {
        Window window = new Window(100, 10);
        window.sent(line(6));

        assertThat(window.admits(4)).isTrue();
        assertThat(window.admits(5)).isFalse();
    }

    @Test
    void old_and_impossible_acknowledgements_change_nothing() {
        Window window = new Window(1, 10);
        window.acknowledged(1_000);
        window.sent(line(1));
        assertThat(window.openBeside(0, 0)).isFalse();

        window.acknowledged(0);
        assertThat(window.openBeside(0, 0)).isFalse();
        window.acknowledged(1);

        assertThat(window.openBeside(0, 0)).isTrue();
    }

    @Test
    void what_is_not_acknowledged_can_be_had_again_and_nothing_else() {
        Window window = new Window(100, 1_000);
        for (int bytes = 1; bytes <= 4; bytes++) {
            window.sent(line(bytes));
        }

        window.acknowledged(2);

        assertThat(window.lastSeq()).isEqualTo(4);
        assertThat(window.bytes()).isEqualTo(7);
        assertThat(window.reachesBackTo(1)).isFalse();
        assertThat(window.after(2)).containsExactly("xxx", "xxxx");
        assertThat(window.after(3)).containsExactly("xxxx");
        assertThat(window.reachesBackTo(4)).isTrue();
        assertThat(window.after(4)).isEmpty();
        assertThat(window.reachesBackTo(5)).isFalse();
    }

    @Test
    void lines_that_wait_are_counted_with_those_that_are_sent() {
        Window window = new Window(3, 10);
        window.sent(line(4));

        assertThat(window.openBeside(1, 5)).isTrue();
        assertThat(window.openBeside(1, 6)).isFalse();
        assertThat(window.openBeside(2, 2)).isFalse();
    }

    private static OllamaLine line(int bytes) {
        return new OllamaLine("x".repeat(bytes), bytes, false, false, null);
    }
}
