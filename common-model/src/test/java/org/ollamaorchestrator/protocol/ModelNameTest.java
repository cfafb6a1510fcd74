package org.ollamaorchestrator.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class ModelNameTest {

    @ParameterizedTest
    @CsvSource({
        "tiny,tiny:latest",
        "tiny:latest,tiny:latest",
        "tiny:3b,tiny:3b",
        "host:5000/library/tiny,host:5000/library/tiny:latest",
        "host:5000/library/tiny:q4,host:5000/library/tiny:q4"
    })
    void a_name_without_a_tag_means_latest(String written, String canonical) {
        assertThat(new ModelName(written).canonical()).isEqualTo(canonical);
    }

    @Test
    void names_are_equal_whoever_wrote_the_tag_and_keep_what_was_written() {
        var name = new ModelName("tiny");

        assertThat(name).isEqualTo(new ModelName("tiny:latest")).hasSameHashCodeAs(new ModelName("tiny:latest"));
        assertThat(name).isNotEqualTo(new ModelName("tiny:3b"));
        assertThat(name.written()).isEqualTo("tiny");
    }

    @Test
    void a_peer_that_compares_texts_is_told_every_spelling() {
        assertThat(new ModelName("tiny").spellings())
                .extracting(ModelName::written)
                .containsExactly("tiny:latest", "tiny");
        assertThat(new ModelName("tiny:3b").spellings())
                .extracting(ModelName::written)
                .containsExactly("tiny:3b");
    }

    @Test
    void a_blank_name_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ModelName(" "));
    }
}
