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
import java.util.OptionalLong;
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
            assertThat(ask(allowance, 1_000_000)).isInstanceOf(Granted.class);
        }
        assertThat(allowance.headers()).isEmpty();
    }

    @Test
    void the_requests_of_a_minute_are_counted_and_forgotten_one_by_one() {
        Allowance allowance = allowance(2, 0, 0, 0);
        granted(allowance, 0);
        pass(20);
        granted(allowance, 0);

        assertThat(ask(allowance, 0)).isEqualTo(new Refused("requests per minute", Duration.ofMillis(40_999)));
        assertThat(allowance.headers())
                .containsEntry("x-ratelimit-limit-requests", "2")
                .containsEntry("x-ratelimit-remaining-requests", "0")
                .containsEntry("x-ratelimit-reset-requests", "60s");
        pass(40);
        granted(allowance, 0);
        assertThat(ask(allowance, 0)).isInstanceOf(Refused.class);
    }

    @Test
    void tokens_are_reserved_and_then_corrected_by_what_was_used() {
        Allowance allowance = allowance(0, 1_000, 0, 0);
        Granted first = granted(allowance, 900);
        assertThat(ask(allowance, 200)).isInstanceOf(Refused.class);

        first.over(100);

        Granted second = granted(allowance, 200);
        second.over(950);
        assertThat(ask(allowance, 1)).isInstanceOf(Refused.class);
    }

    @Test
    void a_request_larger_than_a_minutes_tokens_has_its_turn_when_nothing_else_is_used() {
        Allowance allowance = allowance(0, 1_000, 0, 0);

        granted(allowance, 5_000);

        assertThat(ask(allowance, 1)).isInstanceOf(Refused.class);
        pass(60);
        granted(allowance, 1);
    }

    @Test
    void a_slot_comes_back_once_however_often_the_end_is_told() {
        Allowance allowance = allowance(0, 0, 2, 0);
        Granted first = granted(allowance, 0);
        granted(allowance, 0);
        assertThat(ask(allowance, 0)).isEqualTo(new Refused("requests at the same time", Duration.ofSeconds(1)));

        first.over(0);
        first.over(0);

        granted(allowance, 0);
        assertThat(ask(allowance, 0)).isInstanceOf(Refused.class);
    }

    @Test
    void a_days_budget_ends_with_the_request_that_crosses_it_and_begins_anew_at_midnight_utc() {
        Allowance allowance = allowance(0, 0, 0, 100);
        granted(allowance, 10).over(99);
        granted(allowance, 10).over(50);

        assertThat(ask(allowance, 1)).isEqualTo(new Refused("tokens per day", Duration.ofHours(12)));
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

        assertThat(ask(anna, 1)).isEqualTo(new Refused("tokens per day", Duration.ofHours(12)));
        granted(bert, 1);
        assertThat(ask(bert, 1)).isInstanceOf(Refused.class);
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
            if (ask(allowances.of(key(name, 60, 0)), 0) instanceof Granted grant) {
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

    @Test
    void requests_that_may_cross_a_budget_together_are_not_let_in_together() {
        Allowance allowance = allowance(0, 0, 0, 10_000);
        List<Granted> running = List.of(granted(allowance, 8_000), granted(allowance, 8_000));

        assertThat(ask(allowance, 8_000))
                .isEqualTo(new Refused(
                        "tokens per day, should its running requests use all that they may", Duration.ofSeconds(5)));

        running.getFirst().over(20);
        granted(allowance, 8_000);
    }

    @Test
    void far_below_a_budget_requests_run_side_by_side_whatever_they_may_use() {
        Allowance allowance = allowance(0, 0, 0, 1_000_000);

        for (int i = 0; i < 100; i++) {
            granted(allowance, 9_900);
        }
    }

    @Test
    void a_request_of_which_nobody_knows_how_much_it_uses_is_the_only_one_of_its_kind() {
        Allowance allowance = allowance(0, 0, 0, 1_000);
        Granted endless = granted(allowance, OptionalLong.empty());

        assertThat(allowance.ask(1, OptionalLong.empty())).isInstanceOf(Refused.class);
        Granted beside = granted(allowance, 999);
        assertThat(ask(allowance, 1)).isInstanceOf(Refused.class);

        beside.over(0);
        endless.over(999);
        granted(allowance, OptionalLong.empty()).over(1_000_000);
        assertThat(ask(allowance, 1)).isEqualTo(new Refused("tokens per day", Duration.ofHours(12)));
    }

    @Test
    void what_may_still_be_used_of_yesterdays_budget_is_kept_free_of_none_of_todays() {
        Allowance allowance = allowance(0, 0, 0, 100);
        List<Granted> yesterdays = List.of(granted(allowance, 90), granted(allowance, OptionalLong.empty()));
        pass(12 * 3_600);
        Granted todays = granted(allowance, 90);
        granted(allowance, OptionalLong.empty());

        yesterdays.forEach(granted -> granted.over(90));

        assertThat(ask(allowance, 20)).isInstanceOf(Refused.class);
        todays.over(10);
        granted(allowance, 20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void a_budget_is_crossed_by_one_request_however_they_interleave_and_whatever_they_use(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        for (int day = 0; day < 200; day++) {
            assertCrossedByOne(random, random.nextLong(1, 20_000), random.nextInt(2, 40), "seed %d".formatted(seed));
        }
    }

    /** Requests begin and end in any order; each may use anything within its bound, and some have none. */
    private void assertCrossedByOne(RandomGenerator random, long budget, int atATime, String seed) {
        Allowance allowance = allowance(0, 0, 0, budget);
        List<Map.Entry<Granted, OptionalLong>> running = new ArrayList<>();
        long used = 0;
        long largest = 0;
        for (int i = 0; used < budget || !running.isEmpty(); i++) {
            assertThat(i).as("steps until the budget is used up, %s", seed).isLessThan(1_000_000);
            if (running.size() == atATime || (!running.isEmpty() && (used >= budget || random.nextInt(3) == 0))) {
                Map.Entry<Granted, OptionalLong> ended = running.remove(random.nextInt(running.size()));
                long needed = random.nextBoolean()
                        ? ended.getValue().orElse(50_000)
                        : random.nextLong(ended.getValue().orElse(50_000) + 1);
                ended.getKey().over(needed);
                used += needed;
                largest = Math.max(largest, needed);
            }
            OptionalLong most =
                    random.nextInt(20) == 0 ? OptionalLong.empty() : OptionalLong.of(random.nextLong(1, 4_000));
            long left = budget - used - bounds(running) - bound(most);
            switch (allowance.ask(random.nextLong(2_000), most)) {
                case Granted granted -> running.add(Map.entry(granted, most));
                case Refused refused ->
                    assertThat(left)
                            .as("nobody is refused for whom there is room, %s", seed)
                            .isLessThanOrEqualTo(0);
            }
            assertThat(used - largest)
                    .as("used without the one request that crosses, %s", seed)
                    .isLessThan(budget);
        }
        assertThat(ask(allowance, 1)).as(seed).isInstanceOf(Refused.class);
    }

    private static long bounds(List<Map.Entry<Granted, OptionalLong>> running) {
        return running.stream().mapToLong(request -> bound(request.getValue())).sum();
    }

    private static long bound(OptionalLong most) {
        return most.orElse(1_000_000_000);
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
            if (ask(allowance, 0) instanceof Granted grant) {
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

    /** For a request that may use as much as it is expected to. */
    private static Allowance.Answer ask(Allowance allowance, long tokens) {
        return allowance.ask(tokens, OptionalLong.of(tokens));
    }

    @CanIgnoreReturnValue
    private static Granted granted(Allowance allowance, long tokens) {
        return granted(allowance, OptionalLong.of(tokens));
    }

    @CanIgnoreReturnValue
    private static Granted granted(Allowance allowance, OptionalLong tokens) {
        Allowance.Answer answer = allowance.ask(tokens.orElse(0), tokens);
        assertThat(answer).isInstanceOf(Granted.class);
        return (Granted) answer;
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }
}
