package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The gateway and the agents are killed again and again while clients ask. {@code -Dcrash.seconds=300} makes it last
 * longer, {@code -Dcrash.seed} repeats the order of the victims.
 */
@SystemTest
class CrashLoopIT {
    private static final Duration LASTS = Duration.ofSeconds(Integer.getInteger("crash.seconds", 60));
    private static final long SEED = Long.getLong("crash.seed", System.nanoTime());
    private static final int AGENTS = 3;
    private static final int CLIENTS = 8;
    private static final int TOKENS = 60;

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .agents(AGENTS)
            .slots(2)
            .gatewayOption("-Dorchestrator.agents.resume-window=3s")
            .start();

    private final AtomicInteger whole = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger broken = new AtomicInteger();
    private final AtomicInteger cut = new AtomicInteger();
    private final AtomicInteger unreachable = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();

    private volatile boolean over;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nothing_is_lost_for_good_and_no_broken_answer_looks_whole() {
        int gatewayKilled = 0;
        int agentsKilled = 0;
        long began = System.nanoTime();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            var running = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                running.add(CompletableFuture.runAsync(() -> askOn(client), clients));
            }
            try {
                RandomGenerator random = RandomGeneratorFactory.getDefault().create(SEED);
                while (System.nanoTime() - began < LASTS.toNanos()) {
                    someAreAnswered();
                    int victim = random.nextInt(AGENTS + 1);
                    if (victim == AGENTS) {
                        fleet.gateway().kill();
                        fleet.gateway().restart();
                        gatewayKilled++;
                    } else {
                        fleet.agent(victim).relaunch();
                        agentsKilled++;
                    }
                }
            } finally {
                over = true;
            }
            running.forEach(CompletableFuture::join);
        }
        long quiet = System.nanoTime();
        fleet.awaitWhole();
        Figures.show(
                "crash loop of %d s, seed %d: gateway killed %d times, agents %d times; %d answers whole, %d refused, "
                        + "%d ended with an error, %d cut off, %d not answered, %d not connected; all agents back after %d ms",
                LASTS.toSeconds(),
                SEED,
                gatewayKilled,
                agentsKilled,
                whole.get(),
                refused.get(),
                broken.get(),
                cut.get(),
                unanswered.get(),
                unreachable.get(),
                Figures.millisSince(quiet));

        assertThat(wrong).isEmpty();
        assertThat(whole.get()).isPositive();
        assertEverySlotServes();
        assertNothingRuns();
        assertThat(fleet.gateway().process().log()).doesNotContain("has two ends");
    }

    /** Not even a loop of crashes keeps everybody from an answer; a victim dies among answers, not among the ruins. */
    private void someAreAnswered() {
        int before = whole.get();
        Patience.within(Patience.FOR_A_START, "some answers (seed " + SEED + ")", () -> whole.get() > before + CLIENTS);
    }

    private void askOn(int client) {
        for (int i = 0; !over; i++) {
            Manner manner = Manner.number(i);
            try (Asked asked = Asked.question(manner, Fleet.SHARED, "client " + client + " asks " + i)
                    .answeredBy("{\"count\":" + TOKENS + ",\"paceMs\":5}")
                    .of(fleet.gateway())) {
                judge(asked);
            } catch (UncheckedIOException e) {
                unreachable.incrementAndGet();
                awaitListening();
            } catch (AssertionError | RuntimeException e) {
                wrong.add(manner + ": " + e);
            }
        }
    }

    private void judge(Asked asked) {
        int status;
        try {
            status = asked.status();
        } catch (UncheckedIOException e) {
            unanswered.incrementAndGet();
            return;
        }
        String body = asked.answer().text();
        if (status != 200) {
            refused.incrementAndGet();
            if (status < 500 || (asked.answer().isWhole() && body.isBlank())) {
                wrong.add(asked.manner() + " was refused with " + status + ": " + body);
            }
        } else if (!asked.answer().isWhole()) {
            // Killed after its last word and before the end of its HTTP message, it is whole for all that.
            if (body.contains("[DONE]")) {
                assertThat(asked.manner().words(body)).isEqualTo(Words.counting(TOKENS));
            }
            cut.incrementAndGet();
        } else if (body.contains("\"error\"")) {
            asked.manner().assertBroken(body);
            broken.incrementAndGet();
        } else {
            assertThat(asked.manner().words(body)).isEqualTo(Words.counting(TOKENS));
            whole.incrementAndGet();
        }
    }

    private void awaitListening() {
        try {
            Patience.within(
                    Patience.FOR_A_START,
                    "the gateway to listen",
                    () -> over
                            || Http.statusOf(fleet.gateway().port(), "/q/health/live")
                                    .isPresent());
        } catch (ConditionTimeoutException e) {
            wrong.add("the gateway did not come back");
        }
    }

    private void assertEverySlotServes() {
        for (int number = 0; number < AGENTS; number++) {
            List<Asked> both = List.of(
                    Asked.question(Manner.OPENAI_STREAM, Fleet.modelOf(number), "last")
                            .of(fleet.gateway()),
                    Asked.question(Manner.OLLAMA_WHOLE, Fleet.modelOf(number), "last")
                            .of(fleet.gateway()));
            assertThat(both).allSatisfy(asked -> assertThat(asked.words()).isNotEmpty());
            both.forEach(Asked::close);
        }
        fleet.gateway().awaitIdle();
    }

    private void assertNothingRuns() {
        for (int number = 0; number < AGENTS; number++) {
            Simulator simulator = fleet.simulator(number);
            Patience.until(
                    "nothing to run at Ollama",
                    () -> simulator.requests().stream()
                            .noneMatch(request ->
                                    List.of("RUNNING", "QUEUED", "LOADING").contains(request.outcome())
                                            && request.path().equals("/api/chat")));
        }
    }
}
