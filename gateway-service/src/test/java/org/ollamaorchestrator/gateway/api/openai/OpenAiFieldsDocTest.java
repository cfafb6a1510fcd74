package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.FieldTables;

/** That {@code docs/openai.md} tells of every field what the translators do with it. */
@NullMarked
class OpenAiFieldsDocTest {

    @Test
    void the_tables_say_what_becomes_of_each_field() {
        assertThat(FieldTables.in("docs/openai.md"))
                .isEqualTo(Map.of(
                        "POST /v1/chat/completions", table(ChatTranslator.FIELDS),
                        "POST /v1/completions", table(CompletionTranslator.FIELDS),
                        "POST /v1/embeddings", table(EmbeddingsTranslator.FIELDS),
                        "POST /v1/responses", table(ResponsesTranslator.FIELDS)));
    }

    private static Map<String, String> table(FieldClasses fields) {
        return FieldTables.of(fields, "ignored");
    }
}
