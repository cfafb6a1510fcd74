package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ollamaorchestrator.gateway.scheduling.Some.chat;
import static org.ollamaorchestrator.gateway.scheduling.Some.warm;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ollamaorchestrator.protocol.JobFailure;

/** What holds for the core whatever the history, over many seeds. */
@NullMarked
class CorePropertyTest {

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_request_is_tried_at_most_once_and_twice_again_however_its_agents_fail(long seed) {
        var random = new SplittableRandom(seed);
        var core = new CoreDriver(Some.policy());
        int agents = random.nextInt(1, 8);
        for (int i = 0; i < agents; i++) {
            core.joins(warm("a" + i, 1, "tiny"));
        }
        List<String> effects = core.arrives("r", chat("tiny"));
        int counted = 0;
        for (int step = 0; step < 50 && !effects.toString().contains("end r"); step++) {
            String start = effects.stream()
                    .filter(effect -> effect.startsWith("start"))
                    .findFirst()
                    .orElse("");
            if (start.isEmpty()) {
                effects = core.passesSeconds(1);
            } else {
                String[] words = start.split(" ", -1);
                boolean refused = random.nextInt(4) == 0;
                counted += refused ? 0 : 1;
                effects = core.fails(
                        words[3],
                        words[1],
                        refused ? new JobFailure.AgentRefused(false) : new JobFailure.OllamaUnreachable("reset"));
            }
        }

        assertThat(effects).as("seed " + seed).containsExactly("end r: OllamaUnreachable");
        assertThat(counted).isEqualTo(Math.min(3, agents));
    }

    /** Requests for the warm model never cease; the one for the cold model is overtaken up to the bound, and not longer. */
    @ParameterizedTest
    @MethodSource("seeds")
    void a_request_that_needs_a_load_is_overtaken_for_a_bounded_time(long seed) {
        var random = new SplittableRandom(seed);
        var core = new CoreDriver(Some.policy());
        int slots = random.nextInt(1, 4);
        core.joins(Some.agent("a", slots, List.of("warm", "cold"), List.of("warm")));
        int arrived = 0;
        for (; arrived < slots + 3; arrived++) {
            core.arrives("w" + arrived, chat("warm"));
        }
        core.arrives("c", chat("cold"));
        long job = random.nextInt(1, 8);

        long overtakenFor = 0;
        int running = 0;
        List<String> effects = List.of();
        while (!effects.toString().contains("load c-load-1") && overtakenFor < 120) {
            effects = core.passesSeconds(job);
            overtakenFor += job;
            for (int i = 0; i < slots && !effects.toString().contains("load"); i++, running++) {
                core.arrives("w" + arrived, chat("warm"));
                arrived++;
                effects = core.completes("a", "w" + running + "-1");
            }
        }

        Duration bound = Some.policy().overtakeMax().plusSeconds(job);
        assertThat(Duration.ofSeconds(overtakenFor)).as("seed " + seed).isLessThanOrEqualTo(bound);
        assertThat(Duration.ofSeconds(overtakenFor))
                .isGreaterThanOrEqualTo(Some.policy().overtakeMax());
    }
}
