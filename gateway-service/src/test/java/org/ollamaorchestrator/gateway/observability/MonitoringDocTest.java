package org.ollamaorchestrator.gateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** docs/monitoring.md tells every metric, every label and every field of the log, and no other. */
@NullMarked
class MonitoringDocTest {

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    @Test
    void every_metric_of_the_code_is_in_the_table_and_every_one_of_the_table_in_the_code() throws Exception {
        assertThat(rows("Metric").stream().map(row -> code(row.getFirst()).getFirst()))
                .containsExactlyInAnyOrderElementsOf(constants(GatewayMetrics.class).stream()
                        .filter(MonitoringDocTest::isMetric)
                        .toList());
    }

    @Test
    void every_label_of_the_code_is_in_the_table_and_every_one_of_the_table_in_the_code() throws Exception {
        Set<String> documented = rows("Metric").stream()
                .flatMap(row -> code(row.get(2)).stream())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(constants(GatewayMetrics.class).stream()
                        .filter(name -> !isMetric(name) && !name.equals(GatewayMetrics.OLLAMA))
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void every_field_of_the_log_is_in_its_table_and_every_one_of_the_table_in_the_log() throws Exception {
        assertThat(rows("Field").stream().flatMap(row -> code(row.getFirst()).stream()))
                .containsExactlyInAnyOrderElementsOf(constants(LogKeys.class));
    }

    private static boolean isMetric(String name) {
        return name.startsWith("orchestrator.")
                || List.of(
                                GatewayMetrics.REQUEST_DURATION,
                                GatewayMetrics.TIME_TO_FIRST_TOKEN,
                                GatewayMetrics.TIME_PER_OUTPUT_TOKEN,
                                GatewayMetrics.TOKEN_USAGE)
                        .contains(name);
    }

    private static List<String> constants(Class<?> of) throws IllegalAccessException {
        var values = new ArrayList<String>();
        for (Field field : of.getDeclaredFields()) {
            if (field.getType() == String.class) {
                values.add(String.valueOf(field.get(null)));
            }
        }
        return values;
    }

    /** The cells of the table whose first column has that heading. */
    private static List<List<String>> rows(String heading) throws IOException {
        String table = document().split("(?m)^\\| " + heading + " \\|.*\\n\\|[-|]+\\n", 2)[1];
        return table.lines()
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.split("\\|", -1))
                        .skip(1)
                        .map(String::strip)
                        .toList())
                .toList();
    }

    private static List<String> code(String cell) {
        return CODE.matcher(cell).results().map(found -> found.group(1)).toList();
    }

    /** Tests run in their module's folder; the document is in the one above that has the wrapper. */
    private static String document() throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        return Files.readString(folder.resolve("docs/monitoring.md"));
    }
}
