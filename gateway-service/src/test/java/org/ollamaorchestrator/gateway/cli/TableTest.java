package org.ollamaorchestrator.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class TableTest {

    private final Table table =
            new Table(Table.Column.text("AGENT"), Table.Column.number("BUSY"), Table.Column.text("ON"));

    @Test
    void a_column_is_as_wide_as_its_widest_cell_and_numbers_stand_on_the_right() {
        table.row("attic", 1, "linux");
        table.row("gaming-pc", 12345, "windows");

        assertThat(table.lines())
                .containsExactly(
                        "AGENT       BUSY  ON", //
                        "attic          1  linux",
                        "gaming-pc  12345  windows");
    }

    @Test
    void an_empty_cell_at_the_end_leaves_no_blanks() {
        table.row("attic", 1, "");

        assertThat(table.lines().getLast()).isEqualTo("attic     1");
    }

    @Test
    void what_would_draw_on_a_terminal_is_shown_as_a_mark() {
        table.row("a\u001b[2Jb", 1, "c\nd\u202e");

        assertThat(table.lines().getLast()).isEqualTo("a\uFFFD[2Jb     1  c\uFFFDd\uFFFD");
    }

    @Test
    void letters_beyond_sixteen_bits_count_as_one() {
        table.row("\uD83E\uDD99", 1, "x");

        assertThat(table.lines().getLast()).isEqualTo("\uD83E\uDD99         1  x");
    }

    @Test
    void a_row_has_a_cell_for_each_column() {
        assertThatThrownBy(() -> table.row("attic")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            0,             0 B
            999,           999 B
            1000,          1.0 kB
            999499,        999 kB
            999500,        1.0 MB
            4700000000,    4.7 GB
            9960000000,    10 GB
            43210000000,   43 GB
            5000000000000, 5.0 TB
            """)
    void bytes_are_told_in_two_or_three_figures(long bytes, String told) {
        assertThat(Amounts.bytes(bytes)).isEqualTo(told);
    }
}
