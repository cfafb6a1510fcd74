package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.ModelName;

@NullMarked
class EstimatesTest {

    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b");
    private static final ModelName TINY = new ModelName("tiny");

    private final Estimates estimates = new Estimates();

    @Test
    void before_anything_was_seen_the_size_of_a_model_tells_how_long_it_loads() {
        assertThat(estimates.load(A, TINY, 4_000_000_000L)).isEqualTo(Duration.ofSeconds(5));
        assertThat(estimates.load(A, TINY, 0)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void an_agent_goes_by_its_own_time_and_one_that_has_none_by_that_of_all() {
        estimates.loadTook(A, TINY, Duration.ofSeconds(20));

        assertThat(estimates.load(A, TINY, 0)).isEqualTo(Duration.ofSeconds(20));
        assertThat(estimates.load(B, TINY, 0)).isEqualTo(Duration.ofSeconds(20));
        estimates.loadTook(B, TINY, Duration.ofSeconds(2));
        assertThat(estimates.load(A, TINY, 0)).isEqualTo(Duration.ofSeconds(20));
        assertThat(estimates.load(B, TINY, 0)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void the_last_time_moves_an_estimate_and_does_not_replace_it() {
        estimates.jobTook(A, TINY, Duration.ofSeconds(10));
        estimates.jobTook(A, TINY, Duration.ofSeconds(20));

        assertThat(estimates.job(A, TINY)).isEqualTo(Duration.ofSeconds(13));
        assertThat(estimates.job(TINY)).isEqualTo(Duration.ofSeconds(13));
    }

    @Test
    void another_model_is_another_matter() {
        estimates.jobTook(A, TINY, Duration.ofSeconds(1));

        assertThat(estimates.job(A, new ModelName("other"))).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void a_long_prompt_teaches_how_fast_prompts_are_read_and_a_short_one_does_not() {
        estimates.firstLineTook(A, TINY, 100, Duration.ofSeconds(9));
        assertThat(estimates.prefill(A, TINY, 2_000)).isEqualTo(Duration.ofSeconds(1));

        estimates.firstLineTook(A, TINY, 10_000, Duration.ofSeconds(1));
        assertThat(estimates.prefill(A, TINY, 20_000)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void a_first_line_that_came_in_no_time_does_no_harm() {
        estimates.firstLineTook(A, TINY, 10_000, Duration.ZERO);

        assertThat(estimates.prefill(A, TINY, 10_000)).isEqualTo(Duration.ofMillis(1));
    }
}
