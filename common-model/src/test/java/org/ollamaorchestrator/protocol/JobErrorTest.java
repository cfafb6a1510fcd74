package org.ollamaorchestrator.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;

@NullMarked
class JobErrorTest {

    private static final JobId JOB = new JobId("j");

    static Stream<JobFailure> failures_of_an_agent() {
        return Stream.of(
                new JobFailure.AgentRefused(false),
                new JobFailure.AgentRefused(true),
                new JobFailure.OllamaAnswered(503, "application/json", "{\"error\":\"server busy\"}"),
                new JobFailure.OllamaAnswered(404, null, "404 page not found"),
                new JobFailure.OllamaBroke("unexpected EOF"),
                new JobFailure.BadRequest("no such operation"),
                new JobFailure.DeadlinePassed(),
                new JobFailure.Cancelled());
    }

    @ParameterizedTest
    @MethodSource("failures_of_an_agent")
    void a_failure_survives_the_wire(JobFailure failure) {
        assertThat(JobError.of(JOB, failure).failure()).isEqualTo(failure);
    }

    @Test
    void an_unreachable_ollama_stays_one_and_stays_retryable() {
        var failure = new JobFailure.OllamaUnreachable("connection refused");

        assertThat(JobError.of(JOB, failure).failure())
                .isInstanceOfSatisfying(
                        JobFailure.OllamaUnreachable.class,
                        unreachable -> assertThat(unreachable.why()).contains("connection refused"))
                .matches(JobFailure::retryable);
    }

    @Test
    void the_bare_text_of_version_1_is_an_error_of_its_ollama() {
        var error = new JobError(JOB, "boom", null, null, null, null, null);

        assertThat(error.failure()).isEqualTo(new JobFailure.OllamaBroke("boom"));
    }

    @Test
    void what_only_a_gateway_can_find_no_agent_says() {
        assertThatIllegalArgumentException().isThrownBy(() -> JobError.of(JOB, new JobFailure.AgentLost(true)));
    }
}
