package org.ollamaorchestrator.gateway.scheduling.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.scheduling.simulation.Simulation.Mode;

class SimulationTest {

    private static final int SEEDS = Integer.getInteger("simulation.seeds", 1_000);
    private static final long FIRST_SEED = Long.getLong("simulation.firstSeed", 1);

    @Test
    void when_the_faults_heal_everything_ends_and_nothing_is_left() {
        seeds().forEach(seed -> Simulation.run(seed, Mode.FAULTS_HEAL));
    }

    @Test
    void while_anything_goes_wrong_nothing_happens_that_must_not() {
        seeds().forEach(seed -> Simulation.run(seed, Mode.ANYTHING_GOES));
    }

    @Test
    void a_seed_is_one_history() {
        LongStream.of(1, 2, 3).forEach(seed -> assertThat(Simulation.fingerprint(seed, Mode.FAULTS_HEAL))
                .isEqualTo(Simulation.fingerprint(seed, Mode.FAULTS_HEAL)));
    }

    private static LongStream seeds() {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS).parallel();
    }
}
