package org.ollamaorchestrator.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class RetryAdviceTest {

    static Stream<JobFailure> betterInAMoment() {
        return Stream.of(
                new JobFailure.NoAgent(),
                new JobFailure.GatewayDraining(),
                new JobFailure.QueueFull(false, Duration.ofSeconds(1)),
                new JobFailure.WaitedTooLong(Duration.ofSeconds(1)),
                new JobFailure.AgentRefused(true),
                new JobFailure.AgentRefused(false),
                new JobFailure.OllamaUnreachable("connection refused"),
                answered(503));
    }

    @ParameterizedTest
    @MethodSource("betterInAMoment")
    void what_may_be_better_in_a_moment_says_when_to_come_back_and_nothing_against_it(JobFailure failure) {
        assertThat(RetryAdvice.headers(failure)).isEqualTo(Map.of("Retry-After", "1"));
    }

    static Stream<JobFailure> onlyRepeated() {
        return Stream.of(
                new JobFailure.OllamaBroke("unexpected EOF"),
                new JobFailure.AgentLost(true),
                new JobFailure.ProtocolBroken("a line is missing"),
                new JobFailure.DeadlinePassed(),
                new JobFailure.Cancelled(),
                new JobFailure.SlowClient("took nothing"),
                answered(500),
                answered(501));
    }

    @ParameterizedTest
    @MethodSource("onlyRepeated")
    void what_another_try_would_only_repeat_says_so(JobFailure failure) {
        assertThat(RetryAdvice.headers(failure)).isEqualTo(Map.of("x-should-retry", "false"));
    }

    @Test
    void an_agent_that_was_lost_before_the_first_line_may_be_followed_by_another() {
        assertThat(RetryAdvice.headers(new JobFailure.AgentLost(false))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 408, 409, 429, 502, 504})
    void other_statuses_of_ollama_are_left_to_the_client(int status) {
        assertThat(RetryAdvice.headers(answered(status))).isEmpty();
    }

    private static JobFailure answered(int status) {
        return new JobFailure.OllamaAnswered(status, "application/json", "{\"error\":\"so it is\"}");
    }
}
