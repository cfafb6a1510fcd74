package org.ollamaorchestrator.agent.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WindowTest {

    @Test
    void one_line_may_always_go_however_long() {
        assertThat(new Window(1, 1).admits(1_000_000)).isTrue();
    }

    @Test
    void it_is_full_at_its_number_of_lines_and_opens_with_each_acknowledged() {
        Window window = new Window(2, 1_000);
        window.sent(1);
        window.sent(1);
        assertThat(window.open()).isFalse();

        window.acknowledged(1);

        assertThat(window.open()).isTrue();
    }

    @Test
    void it_is_full_at_its_number_of_bytes() {
        Window window = new Window(100, 10);
        window.sent(6);

        assertThat(window.admits(4)).isTrue();
        assertThat(window.admits(5)).isFalse();
    }

    @Test
    void old_and_impossible_acknowledgements_change_nothing() {
        Window window = new Window(1, 10);
        window.acknowledged(1_000);
        window.sent(1);
        assertThat(window.open()).isFalse();

        window.acknowledged(0);
        assertThat(window.open()).isFalse();
        window.acknowledged(1);

        assertThat(window.open()).isTrue();
    }
}
