package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** That {@code docs/openai.md} tells of every field what the translators do with it. */
@NullMarked
class OpenAiFieldsDocTest {

    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| (mapped|ignored|refused) \\|.*");

    @Test
    void the_tables_say_what_becomes_of_each_field() throws IOException {
        assertThat(tables())
                .isEqualTo(Map.of(
                        "POST /v1/chat/completions", classes(ChatTranslator.FIELDS),
                        "POST /v1/completions", classes(CompletionTranslator.FIELDS),
                        "POST /v1/embeddings", classes(EmbeddingsTranslator.FIELDS),
                        "POST /v1/responses", classes(ResponsesTranslator.FIELDS)));
    }

    private static Map<String, String> classes(FieldClasses fields) {
        var classes = new HashMap<String, String>();
        fields.mapped().forEach(name -> classes.put(name, "mapped"));
        fields.ignored().forEach(name -> classes.put(name, "ignored"));
        fields.refused().keySet().forEach(name -> classes.put(name, "refused"));
        return classes;
    }

    private static Map<String, Map<String, String>> tables() throws IOException {
        var tables = new HashMap<String, Map<String, String>>();
        String section = "";
        for (String line : Files.readAllLines(document())) {
            if (line.startsWith("## ")) {
                section = line.substring("## ".length());
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

    /** Tests run in their module's folder; the document is in the one above that has the wrapper. */
    private static Path document() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        return folder.resolve("docs/openai.md");
    }
}
