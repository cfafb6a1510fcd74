package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class CredentialsTest {

    @ParameterizedTest
    @CsvSource({
        "Bearer abc,,abc",
        "bearer  abc ,,abc",
        "Basic dXNlcjphYmM=,,abc",
        "Basic YWJjOg==,,abc",
        "Basic YWJj,,abc",
        ",abc,abc",
        "Bearer other,abc,abc"
    })
    void a_secret_is_found_wherever_clients_put_it(
            @Nullable String authorization, @Nullable String apiKey, String secret) {
        assertThat(Credentials.of(authorization, apiKey)).hasValue(secret);
    }

    @ParameterizedTest
    @CsvSource({"Basic !!!", "Digest abc", "abc"})
    void anything_else_is_no_secret(String authorization) {
        assertThat(Credentials.of(authorization, null)).isEmpty();
    }

    @Test
    void nothing_is_nothing() {
        assertThat(Credentials.of(null, null)).isEmpty();
        assertThat(Credentials.of(null, " ")).isEmpty();
    }
}
