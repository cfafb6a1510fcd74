package org.ollamaorchestrator.agent.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private final Backoff backoff = new Backoff(Duration.ofSeconds(5));

    @Test
    void the_first_attempt_after_a_failure_is_made_at_once() {
        assertThat(backoff.delay(1, 0.999)).isZero();
    }

    @Test
    void no_wait_is_negative_or_longer_than_the_longest_however_often_it_failed() {
        Random random = new Random(42);
        for (int failures = 1; failures < 10_000; failures++) {
            assertThat(backoff.delay(failures, random.nextDouble())).isBetween(Duration.ZERO, Duration.ofSeconds(5));
        }
    }

    @Test
    void the_ceiling_doubles_up_to_the_longest_wait() {
        assertThat(backoff.delay(2, 0.5)).isEqualTo(Duration.ofMillis(100));
        assertThat(backoff.delay(3, 0.5)).isEqualTo(Duration.ofMillis(200));
        assertThat(backoff.delay(4, 0.5)).isEqualTo(Duration.ofMillis(400));
        assertThat(backoff.delay(Integer.MAX_VALUE, 0.5)).isEqualTo(Duration.ofMillis(2_500));
    }

    @Test
    void the_jitter_is_full() {
        assertThat(backoff.delay(10, 0)).isZero();
        assertThat(backoff.delay(10, 0.9)).isEqualTo(Duration.ofMillis(4_500));
    }
}
