package org.ollamaorchestrator.gateway.api.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ErrorForm.ErrorAnswer;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class AnthropicErrorsTest {

    private final AnthropicErrors errors = new AnthropicErrors();

    @Test
    void messages_and_everything_below_is_covered_and_nothing_beside_it() {
        assertThat(errors.covers("/v1/messages")).isTrue();
        assertThat(errors.covers("/v1/messages/count_tokens")).isTrue();
        assertThat(errors.covers("/v1/messages/batches/1")).isTrue();
        assertThat(errors.covers("/v1/messagesx")).isFalse();
        assertThat(errors.covers("/v1/models")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "400,invalid_request_error",
        "401,authentication_error",
        "403,permission_error",
        "404,not_found_error",
        "405,invalid_request_error",
        "408,invalid_request_error",
        "413,request_too_large",
        "415,invalid_request_error",
        "429,rate_limit_error"
    })
    void a_status_has_its_type(int status, String type) {
        ErrorAnswer answer = errors.clientError(ClientErrorException.of(status, "so it is"), "req_1");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body())
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"" + type
                        + "\",\"message\":\"so it is\"},\"request_id\":\"req_1\"}");
        assertThat(answer.headers()).containsEntry("request-id", "req_1");
    }

    @Test
    void what_may_be_better_in_a_moment_is_overloaded_and_says_when() {
        ErrorAnswer answer = errors.failure(new JobFailure.NoAgent(), "req_1");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("overloaded_error");
        assertThat(Integer.parseInt(answer.headers().getOrDefault("Retry-After", "")))
                .isBetween(1, 60);
    }

    @Test
    void ollamas_own_words_are_told() {
        ErrorAnswer answer = errors.failure(
                new JobFailure.OllamaAnswered(404, "application/json", "{\"error\":\"model 'nope' not found\"}"), "r");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body())
                .isEqualTo(
                        "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"model 'nope' not found\"},\"request_id\":\"r\"}");
        assertThat(errors.failure(new JobFailure.OllamaBroke("x"), "r").body()).contains("api_error");
    }
}
