package org.ollamaorchestrator.gateway.api.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.api.FieldTables;

/** The table in docs/anthropic.md is the one that the translator goes by. */
@NullMarked
class AnthropicFieldsTest {

    @Test
    void the_document_has_the_same_fields_in_the_same_classes() {
        assertThat(FieldTables.in("docs/anthropic.md"))
                .isEqualTo(Map.of("Fields", FieldTables.of(AnthropicFields.CLASSES, "accepted")));
    }
}
