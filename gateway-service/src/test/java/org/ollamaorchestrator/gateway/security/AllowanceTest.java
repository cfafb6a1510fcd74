package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.security.Allowance.Granted;
import org.ollamaorchestrator.gateway.security.Allowance.Refused;

@NullMarked
class AllowanceTest {

    private Instant now = Instant.parse("2026-11-22T12:00:00Z");

    private Allowance allowance(int requests, long tokens, int concurrent, long tokensPerDay) {
        return new Allowance(new ApiKey.Limits(requests, tokens, concurrent, tokensPerDay), () -> now);
    }

    @Test
    void without_limits_everything_is_granted() {
        Allowance allowance = allowance(0, 0, 0, 0);

        for (int i = 0; i < 1_000; i++) {
            assertThat(allowance.ask(1_000_000)).isInstanceOf(Granted.class);
        }
        assertThat(allowance.headers()).isEmpty();
    }

    @Test
    void the_requests_of_a_minute_are_counted_and_forgotten_one_by_one() {
        Allowance allowance = allowance(2, 0, 0, 0);
        granted(allowance, 0);
        pass(20);
        granted(allowance, 0);

        assertThat(allowance.ask(0)).isEqualTo(new Refused("requests per minute", Duration.ofMillis(40_999)));
        assertThat(allowance.headers())
                .containsEntry("x-ratelimit-limit-requests", "2")
                .containsEntry("x-ratelimit-remaining-requests", "0")
                .containsEntry("x-ratelimit-reset-requests", "60s");
        pass(40);
        granted(allowance, 0);
        assertThat(allowance.ask(0)).isInstanceOf(Refused.class);
    }

    @Test
    void tokens_are_reserved_and_then_corrected_by_what_was_used() {
        Allowance allowance = allowance(0, 1_000, 0, 0);
        Granted first = granted(allowance, 900);
        assertThat(allowance.ask(200)).isInstanceOf(Refused.class);

        first.over(100);

        Granted second = granted(allowance, 200);
        second.over(950);
        assertThat(allowance.ask(1)).isInstanceOf(Refused.class);
    }

    @Test
    void a_request_larger_than_a_minutes_tokens_has_its_turn_when_nothing_else_is_used() {
        Allowance allowance = allowance(0, 1_000, 0, 0);

        granted(allowance, 5_000);

        assertThat(allowance.ask(1)).isInstanceOf(Refused.class);
        pass(60);
        granted(allowance, 1);
    }

    @Test
    void a_slot_comes_back_once_however_often_the_end_is_told() {
        Allowance allowance = allowance(0, 0, 2, 0);
        Granted first = granted(allowance, 0);
        granted(allowance, 0);
        assertThat(allowance.ask(0)).isEqualTo(new Refused("requests at the same time", Duration.ofSeconds(1)));

        first.over(0);
        first.over(0);

        granted(allowance, 0);
        assertThat(allowance.ask(0)).isInstanceOf(Refused.class);
    }

    @Test
    void a_days_budget_ends_with_the_request_that_crosses_it_and_begins_anew_at_midnight_utc() {
        Allowance allowance = allowance(0, 0, 0, 100);
        granted(allowance, 10).over(99);
        granted(allowance, 10).over(50);

        assertThat(allowance.ask(1)).isEqualTo(new Refused("tokens per day", Duration.ofHours(12)));
        pass(12 * 3_600);
        granted(allowance, 1);
    }

    @Test
    void what_was_granted_yesterday_is_not_todays() {
        Allowance allowance = allowance(0, 0, 0, 100);
        Granted yesterday = granted(allowance, 10);
        pass(12 * 3_600);
        granted(allowance, 0);

        yesterday.over(1_000);

        granted(allowance, 0);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void in_no_minute_are_there_more_requests_or_more_at_a_time_than_allowed(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        Allowance allowance = allowance(60, 0, 7, 0);
        var granted = new ArrayDeque<Instant>();
        List<Granted> running = new ArrayList<>();
        int total = 0;

        for (int i = 0; i < 20_000; i++) {
            now = now.plusMillis(random.nextInt(60));
            if (!running.isEmpty() && random.nextInt(3) == 0) {
                running.remove(random.nextInt(running.size())).over(0);
            }
            if (allowance.ask(0) instanceof Granted grant) {
                running.add(grant);
                granted.add(now);
                total++;
            }
            while (!granted.isEmpty() && !granted.getFirst().plusSeconds(60).isAfter(now)) {
                granted.removeFirst();
            }
            assertThat(granted).as("seed %d", seed).hasSizeLessThanOrEqualTo(60);
            assertThat(running).as("seed %d", seed).hasSizeLessThanOrEqualTo(7);
        }
        assertThat(total).as("what is allowed is given").isGreaterThan(500);
    }

    @CanIgnoreReturnValue
    private static Granted granted(Allowance allowance, long tokens) {
        Allowance.Answer answer = allowance.ask(tokens);
        assertThat(answer).isInstanceOf(Granted.class);
        return (Granted) answer;
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }
}
