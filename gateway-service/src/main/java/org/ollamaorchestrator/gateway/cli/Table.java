package org.ollamaorchestrator.gateway.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Rows under their headings, each column as wide as what it holds. A cell shows no control characters: an agent's name must
 * not be able to draw on its administrator's terminal.
 */
final class Table {

    private static final String BETWEEN = "  ";

    /** One column; numbers stand on its right side. */
    record Column(String heading, boolean toTheRight) {

        static Column text(String heading) {
            return new Column(heading, false);
        }

        static Column number(String heading) {
            return new Column(heading, true);
        }
    }

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    Table(Column... columns) {
        this.columns = List.of(columns);
    }

    /** @throws IllegalArgumentException if there are more or fewer cells than columns */
    void row(Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        rows.add(Arrays.stream(cells).map(cell -> shown(String.valueOf(cell))).toList());
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(line(columns.stream().map(Column::heading).toList()));
        rows.forEach(row -> lines.add(line(row)));
        return List.copyOf(lines);
    }

    private String line(List<String> cells) {
        var line = new ArrayList<String>();
        for (int i = 0; i < cells.size(); i++) {
            String padding = " ".repeat(width(i) - length(cells.get(i)));
            line.add(columns.get(i).toTheRight() ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.stream().collect(Collectors.joining(BETWEEN)).stripTrailing();
    }

    private int width(int column) {
        int widest = length(columns.get(column).heading());
        for (List<String> row : rows) {
            widest = Math.max(widest, length(row.get(column)));
        }
        return widest;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** The text as a terminal may be given it. */
    static String shown(String text) {
        return text.codePoints()
                .map(each ->
                        Character.isISOControl(each) || Character.getType(each) == Character.FORMAT ? '\uFFFD' : each)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
