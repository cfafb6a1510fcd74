package org.ollamaorchestrator.gateway.scheduling.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.scheduling.simulation.Simulation.Mode;

/** {@code -Dsimulation.seeds} and {@code -Dsimulation.firstSeed} widen it, {@code -Dsimulation.trace} lengthens the trace. */
class SimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 2_000);
    private static final long FIRST_SEED = Long.getLong("simulation.firstSeed", 1);

    @Test
    void when_the_faults_heal_everything_ends_and_nothing_is_left() {
        seeds().forEach(seed -> Simulation.run(seed, Mode.FAULTS_HEAL));
    }

    @Test
    void while_anything_goes_wrong_nothing_happens_that_must_not() {
        seeds().forEach(seed -> Simulation.run(seed, Mode.ANYTHING_GOES));
    }

    /** Seeds that failed once. */
    @ParameterizedTest
    @CsvSource({"259, FAULTS_HEAL", "750, ANYTHING_GOES"})
    void what_failed_once_does_not_fail_again(long seed, Mode mode) {
        Simulation.run(seed, mode);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void two_equal_keys_that_always_wait_get_the_same_time_within_a_tenth(long seed) {
        Map<String, Long> given = Contention.run(seed);

        assertThat((double) given.getOrDefault("one", 0L) / given.getOrDefault("other", 0L))
                .as("seed " + seed)
                .isCloseTo(1.0, within(0.1));
    }

    @Test
    void a_seed_is_one_history() {
        LongStream.of(1, 2, 3)
                .forEach(seed -> assertThat(Simulation.fingerprint(seed, Mode.FAULTS_HEAL))
                        .isEqualTo(Simulation.fingerprint(seed, Mode.FAULTS_HEAL)));
    }

    private static LongStream seeds() {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS).parallel();
    }
}
