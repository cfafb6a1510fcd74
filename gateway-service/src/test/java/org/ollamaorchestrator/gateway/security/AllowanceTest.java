package org.ollamaorchestrator.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.scheduling.Priority;
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

    @Test
    void what_was_used_before_a_restart_is_todays_until_the_day_is_over() {
        var allowances = new Allowances(() -> now);
        allowances.restore(allowances.today(), Map.of("anna", 100L, "bert", 99L));
        Allowance anna = allowances.of(key("anna", 0, 100));
        Allowance bert = allowances.of(key("bert", 0, 100));
        Allowance carl = allowances.of(key("carl", 0, 100));

        assertThat(anna.ask(1)).isEqualTo(new Refused("tokens per day", Duration.ofHours(12)));
        granted(bert, 1);
        assertThat(bert.ask(1)).isInstanceOf(Refused.class);
        granted(carl, 1);

        pass(12 * 3_600);
        granted(anna, 1);
    }

    @Test
    void what_was_used_on_another_day_is_not_todays() {
        var allowances = new Allowances(() -> now);
        allowances.restore(allowances.today().minusDays(1), Map.of("anna", 1_000L));

        granted(allowances.of(key("anna", 0, 100)), 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void two_keys_take_nothing_from_each_other_and_neither_gets_more_than_its_sixty_a_minute(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var allowances = new Allowances(() -> now);
        Map<String, Deque<Instant>> granted = Map.of("anna", new ArrayDeque<>(), "bert", new ArrayDeque<>());
        Map<String, Integer> totals = new HashMap<>();
        Instant began = now;

        for (int i = 0; i < 20_000; i++) {
            now = now.plusMillis(random.nextInt(60));
            // One of them asks far more often than it may, the other about as often.
            String name = random.nextInt(10) == 0 ? "bert" : "anna";
            if (allowances.of(key(name, 60, 0)).ask(0) instanceof Granted grant) {
                grant.over(0);
                Objects.requireNonNull(granted.get(name)).add(now);
                totals.merge(name, 1, Integer::sum);
            }
            granted.values().forEach(times -> {
                while (!times.isEmpty() && !times.getFirst().plusSeconds(60).isAfter(now)) {
                    times.removeFirst();
                }
                assertThat(times).as("seed %d", seed).hasSizeLessThanOrEqualTo(60);
            });
        }
        long minutes = Duration.between(began, now).toMinutes();
        assertThat(totals.values())
                .as("what is allowed is given, seed %d", seed)
                .allSatisfy(total -> assertThat((long) total).isGreaterThan(minutes * 55));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_budget_is_overshot_by_no_more_than_the_one_request_that_crosses_it(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        Allowance allowance = allowance(0, 0, 0, 1_000);
        List<Map.Entry<Granted, Long>> running = new ArrayList<>();
        long used = 0;
        long largest = 0;

        for (int i = 0; i < 5_000; i++) {
            if (!running.isEmpty() && random.nextBoolean()) {
                Map.Entry<Granted, Long> ended = running.remove(random.nextInt(running.size()));
                ended.getKey().over(ended.getValue());
                used += ended.getValue();
            }
            long reserved = random.nextInt(1, 60);
            if (allowance.ask(reserved) instanceof Granted grant) {
                long needed = random.nextLong(reserved + 1);
                largest = Math.max(largest, reserved);
                running.add(Map.entry(grant, needed));
            }
        }
        for (Map.Entry<Granted, Long> rest : running) {
            rest.getKey().over(rest.getValue());
            used += rest.getValue();
        }
        assertThat(used).as("seed %d", seed).isBetween(900L, 1_000 + largest);
    }

    private static ApiKey key(String name, int requestsPerMinute, long tokensPerDay) {
        return new ApiKey(
                name,
                false,
                List.of(),
                new ApiKey.Limits(requestsPerMinute, 0, 0, tokensPerDay),
                1,
                Priority.NORMAL,
                100,
                Optional.empty());
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
