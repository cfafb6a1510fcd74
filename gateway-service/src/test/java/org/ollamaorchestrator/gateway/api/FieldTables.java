package org.ollamaorchestrator.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;

/** The tables of a document that say what becomes of each field, and the same of what the translators go by. */
@NullMarked
public final class FieldTables {

    private static final String SECTION = "## ";

    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| (mapped|ignored|accepted|refused) \\|.*");

    private FieldTables() {}

    /**
     * The tables by the sections they stand in.
     *
     * @param document its path in the repository
     * @return the class of each field, by the field's name
     */
    public static Map<String, Map<String, String>> in(String document) {
        var tables = new HashMap<String, Map<String, String>>();
        String section = "";
        for (String line : text(document).lines().toList()) {
            if (line.startsWith(SECTION)) {
                section = line.substring(SECTION.length());
            }
            var row = ROW.matcher(line);
            if (row.matches()) {
                var before = tables.computeIfAbsent(section, ignored -> new HashMap<>())
                        .put(row.group(1), row.group(2));
                assertThat(before).as("%s has %s once", section, row.group(1)).isNull();
            }
        }
        return tables;
    }

    /**
     * The table that a document should have for these fields, each of which is in one class alone.
     *
     * @param ignored the document's word for those without effect
     */
    public static Map<String, String> of(FieldClasses fields, String ignored) {
        var table = new HashMap<String, String>();
        fields.mapped().forEach(name -> put(table, name, "mapped"));
        fields.ignored().forEach(name -> put(table, name, ignored));
        fields.refused().keySet().forEach(name -> put(table, name, "refused"));
        return table;
    }

    private static void put(Map<String, String> table, String name, String classOfField) {
        assertThat(table.put(name, classOfField))
                .as("the other class of %s", name)
                .isNull();
    }

    /** Tests run in their module's folder; the documents are below the one above that has the wrapper. */
    private static String text(String document) {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        try {
            return Files.readString(folder.resolve(document));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
