package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class SecretTest {

    @ParameterizedTest
    @EnumSource
    void a_new_secret_is_read_back_and_is_never_the_same_again(Secret.Kind kind) {
        Secret secret = Secret.random(kind);

        assertThat(Secret.of(kind, secret.reveal()))
                .hasValueSatisfying(read -> assertThat(read.reveal()).isEqualTo(secret.reveal()));
        assertThat(Secret.random(kind).reveal()).isNotEqualTo(secret.reveal());
    }

    @Test
    void it_does_not_show_itself() {
        Secret secret = Secret.random(Secret.Kind.API_KEY);

        assertThat(secret.toString()).isEqualTo("olk_…");
        assertThat(SecretHash.of(secret, "").toString()).hasSize(9);
    }

    @Test
    void one_of_another_kind_is_none() {
        String token = Secret.random(Secret.Kind.AGENT_TOKEN).reveal();

        assertThat(Secret.of(Secret.Kind.API_KEY, token)).isEmpty();
    }

    @Test
    void each_mistyped_character_is_noticed() {
        String text = Secret.random(Secret.Kind.API_KEY).reveal();

        for (int i = 0; i < text.length(); i++) {
            char other = text.charAt(i) == 'x' ? 'y' : 'x';
            String typo = text.substring(0, i) + other + text.substring(i + 1);
            assertThat(Secret.of(Secret.Kind.API_KEY, typo)).as(typo).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "olk_", "secret", "olk_0000000000000000000000000000000000000000000000000"})
    void what_has_not_the_form_is_none(String text) {
        assertThat(Secret.of(Secret.Kind.API_KEY, text)).isEmpty();
    }

    @Test
    void the_same_secret_has_the_same_hash_and_another_one_under_another_pepper() {
        Secret secret = Secret.random(Secret.Kind.API_KEY);

        assertThat(SecretHash.of(secret, "pinch")).isEqualTo(SecretHash.of(secret, "pinch"));
        assertThat(SecretHash.of(secret, "pinch")).isNotEqualTo(SecretHash.of(secret, ""));
        assertThat(SecretHash.of(secret, "").hex()).doesNotContain(secret.reveal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG"})
    void what_is_no_hash_is_refused(String hex) {
        assertThatIllegalArgumentException().isThrownBy(() -> new SecretHash(hex));
    }
}
