package org.ollamaorchestrator.gateway.api.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The table in docs/anthropic.md is the one that the translator goes by. */
@NullMarked
class AnthropicFieldsTest {

    @Test
    void the_document_has_the_same_fields_in_the_same_classes() {
        assertThat(documented("mapped")).isEqualTo(FieldClasses.MAPPED);
        assertThat(documented("accepted")).isEqualTo(FieldClasses.ACCEPTED);
        assertThat(documented("refused")).isEqualTo(FieldClasses.REFUSED);
    }

    @Test
    void no_field_is_in_two_classes() {
        assertThat(FieldClasses.MAPPED)
                .doesNotContainAnyElementsOf(FieldClasses.ACCEPTED)
                .doesNotContainAnyElementsOf(FieldClasses.REFUSED);
        assertThat(FieldClasses.ACCEPTED).doesNotContainAnyElementsOf(FieldClasses.REFUSED);
    }

    private static Set<String> documented(String classOfFields) {
        return Pattern.compile("(?m)^\\| `([^`]+)` \\| " + classOfFields + " \\|")
                .matcher(document())
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toSet());
    }

    private static String document() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        try {
            return Files.readString(folder.resolve("docs/anthropic.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
