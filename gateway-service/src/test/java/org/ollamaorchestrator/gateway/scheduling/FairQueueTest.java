package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.ollamaorchestrator.gateway.scheduling.Some.chat;
import static org.ollamaorchestrator.gateway.scheduling.Some.key;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.ModelName;

@NullMarked
class FairQueueTest {

    private static final Duration JOB = Duration.ofSeconds(10);

    private final FairQueue queue = new FairQueue();
    private Instant now = Instant.EPOCH;
    private long arrivals;

    @Test
    void within_a_key_the_order_is_that_of_arrival() {
        Request first = arrives(key("a", 1, Priority.NORMAL));
        Request second = arrives(key("a", 1, Priority.NORMAL));

        assertThat(serve()).isEqualTo(first);
        assertThat(serve()).isEqualTo(second);
    }

    @Test
    void keys_take_turns_however_many_requests_each_has() {
        for (int i = 0; i < 10; i++) {
            arrives(key("many", 1, Priority.NORMAL));
        }
        arrives(key("few", 1, Priority.NORMAL));

        assertThat(List.of(keyOf(serve()), keyOf(serve()))).containsExactly("many", "few");
    }

    @Test
    void old_requests_of_a_key_do_not_drive_out_the_new_ones_of_another() {
        for (int i = 0; i < 10; i++) {
            arrives(key("many", 1, Priority.NORMAL));
        }
        serve();
        now = now.plusSeconds(90);
        arrives(key("few", 1, Priority.NORMAL));

        assertThat(keyOf(serve())).isEqualTo("few");
    }

    @Test
    void a_higher_priority_goes_first() {
        arrives(key("a", 1, Priority.LOW));
        arrives(key("a", 1, Priority.NORMAL));
        Request high = arrives(key("b", 1, Priority.HIGH));

        assertThat(serve()).isEqualTo(high);
    }

    @Test
    void waiting_raises_a_request_by_one_priority_each_time() {
        Request low = arrives(key("a", 1, Priority.LOW));
        now = now.plus(FairQueue.RAISED_EVERY.multipliedBy(2)).minusMillis(1);
        Request high = arrives(key("b", 1, Priority.HIGH));

        assertThat(queue.next(now, queue.kinds())).contains(high);
        now = now.plusMillis(1);
        assertThat(queue.next(now, queue.kinds())).contains(low);
    }

    @Test
    void only_the_kinds_asked_for_have_their_turn() {
        Request first = arrives(key("a", 1, Priority.NORMAL));
        Request other = add(new Request(
                new RequestId("other"),
                chat("other", key("a", 1, Priority.NORMAL)),
                now,
                ++arrivals,
                Duration.ofMinutes(2)));

        assertThat(queue.next(now, queue.kinds())).contains(first);
        assertThat(queue.next(now, Set.of(other.kind()))).contains(other);
        assertThat(queue.next(now, Set.of())).isEmpty();
    }

    @Test
    void one_that_comes_back_keeps_its_place() {
        Request first = arrives(key("a", 1, Priority.NORMAL));
        arrives(key("a", 1, Priority.NORMAL));
        serve();
        add(first);

        assertThat(serve()).isEqualTo(first);
    }

    @Test
    void who_had_nothing_waiting_gets_no_credit_for_that_time() {
        arrives(key("idle", 1, Priority.NORMAL));
        serve();
        for (int i = 0; i < 40; i++) {
            arrives(key("busy", 1, Priority.NORMAL));
        }
        for (int i = 0; i < 20; i++) {
            serve();
        }
        for (int i = 0; i < 20; i++) {
            arrives(key("idle", 1, Priority.NORMAL));
        }

        Map<String, Integer> turns = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            turns.merge(keyOf(serve()), 1, Integer::sum);
        }
        assertThat(turns.get("busy")).isBetween(4, 6);
    }

    @Test
    void who_took_more_than_its_turn_still_has_when_it_comes_back_to_others_that_wait() {
        for (int i = 0; i < 10; i++) {
            arrives(key("short", 1, Priority.NORMAL));
        }
        Request longOne = arrives(key("long", 1, Priority.NORMAL));
        serve();
        assertThat(serve()).isEqualTo(longOne);
        queue.end(longOne.needs().share(), JOB, Duration.ofSeconds(59));

        arrives(key("long", 1, Priority.NORMAL));

        for (int i = 0; i < 5; i++) {
            assertThat(keyOf(serve())).isEqualTo("short");
        }
        assertThat(keyOf(serve())).isEqualTo("long");
    }

    @Test
    void what_does_not_wait_cannot_be_removed() {
        Request request = arrives(key("a", 1, Priority.NORMAL));
        queue.remove(request);

        assertThatIllegalStateException().isThrownBy(() -> queue.remove(request));
    }

    @Test
    void people_see_the_order_in_which_it_would_serve() {
        for (int i = 0; i < 3; i++) {
            arrives(key("a", 1, Priority.NORMAL));
            arrives(key("b", 1, Priority.LOW));
        }
        List<Request> seen = queue.inOrder(now);

        var served = new ArrayList<Request>();
        while (queue.size() > 0) {
            served.add(serve());
        }
        assertThat(seen).isEqualTo(served);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void two_equal_keys_that_always_wait_get_the_same_time_within_a_tenth(long seed) {
        Map<String, Double> given = contend(seed, Map.of("one", 1, "other", 1));

        assertThat(given.getOrDefault("one", 0.0) / given.getOrDefault("other", 0.0))
                .as("seed " + seed)
                .isCloseTo(1.0, within(0.1));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void time_is_given_in_proportion_to_the_weights(long seed) {
        Map<String, Double> given = contend(seed, Map.of("one", 1, "three", 3));

        assertThat(given.getOrDefault("three", 0.0) / given.getOrDefault("one", 0.0))
                .as("seed " + seed)
                .isCloseTo(3.0, within(0.3));
    }

    /** Keys with long and with short jobs, of which the guess is wrong, contend for some slots; seconds each was given. */
    private Map<String, Double> contend(long seed, Map<String, Integer> weights) {
        record Running(Request request, Instant until, Duration took) {}
        var random = new SplittableRandom(seed);
        int slots = random.nextInt(1, 5);
        Map<String, Integer> typical = new HashMap<>();
        weights.keySet().stream().sorted().forEach(key -> typical.put(key, random.nextInt(500, 20_000)));
        weights.forEach((key, weight) -> {
            for (int i = 0; i < 10; i++) {
                arrives(key(key, weight, Priority.NORMAL));
            }
        });
        var running = new PriorityQueue<Running>(Comparator.comparing(Running::until));
        Map<String, Double> given = new HashMap<>();
        for (int i = 0; i < 4_000; i++) {
            if (running.size() == slots) {
                Running ended = running.remove();
                now = ended.until();
                queue.end(ended.request().needs().share(), JOB, ended.took());
            }
            Request request = serve();
            arrives(request.needs().share());
            int about = typical.getOrDefault(keyOf(request), 0);
            var took = Duration.ofMillis(random.nextInt(about / 2, about * 2));
            given.merge(keyOf(request), took.toMillis() / 1_000.0, Double::sum);
            running.add(new Running(request, now.plus(took), took));
        }
        return given;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_low_priority_is_served_in_the_end_however_many_high_ones_come(long seed) {
        var random = new SplittableRandom(seed);
        Request low = arrives(key("low", 1, Priority.LOW));
        int turns = 0;
        Request served;
        do {
            arrives(key("high-" + random.nextInt(3), 1, Priority.HIGH));
            arrives(key("high-" + random.nextInt(3), 1, Priority.HIGH));
            served = serve();
            queue.end(served.needs().share(), JOB, JOB);
            now = now.plus(JOB);
            turns++;
        } while (served != low && turns < 100);

        assertThat(turns).as("seed " + seed).isLessThan(20);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatever_comes_and_goes_the_counts_are_right_and_nothing_is_left(long seed) {
        var random = new SplittableRandom(seed);
        var waiting = new ArrayList<Request>();
        var running = new ArrayDeque<Request>();
        for (int i = 0; i < 2_000; i++) {
            switch (random.nextInt(4)) {
                case 0, 1 ->
                    waiting.add(arrives(key(
                            "key-" + random.nextInt(4),
                            1,
                            List.of(Priority.values()).get(random.nextInt(Priority.values().length)))));
                case 2 -> {
                    if (!waiting.isEmpty()) {
                        queue.remove(waiting.remove(random.nextInt(waiting.size())));
                    }
                }
                default -> {
                    if (!waiting.isEmpty()) {
                        Request served = serve();
                        waiting.remove(served);
                        running.add(served);
                    }
                    if (running.size() > 3) {
                        queue.end(running.remove().needs().share(), JOB, Duration.ofSeconds(random.nextInt(1, 30)));
                    }
                }
            }
            assertThat(queue.size()).as("seed " + seed).isEqualTo(waiting.size());
            assertThat(queue.bytes()).isEqualTo(10L * waiting.size());
            assertThat(queue.waiting(new ModelName("tiny"))).isEqualTo(waiting.size());
        }
        waiting.forEach(queue::remove);
        running.forEach(request -> queue.end(request.needs().share(), JOB, JOB));
        assertThat(queue.accounts()).as("seed " + seed).isZero();
    }

    @CanIgnoreReturnValue
    private Request arrives(Share share) {
        arrivals++;
        return add(
                new Request(new RequestId("r" + arrivals), chat("tiny", share), now, arrivals, Duration.ofMinutes(2)));
    }

    @CanIgnoreReturnValue
    private Request add(Request request) {
        queue.add(request);
        return request;
    }

    @CanIgnoreReturnValue
    private Request serve() {
        Request next = queue.next(now, queue.kinds()).orElseThrow();
        queue.begin(next.needs().share(), JOB);
        queue.remove(next);
        return next;
    }

    private static String keyOf(Request request) {
        return request.needs().share().key();
    }
}
