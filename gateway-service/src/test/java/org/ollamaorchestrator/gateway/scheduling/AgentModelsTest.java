package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;

@NullMarked
class AgentModelsTest {

    private static final ModelName A = new ModelName("a");
    private static final ModelName B = new ModelName("b");
    private static final JobId JOB = new JobId("j");
    private static final OptionalInt ANY = OptionalInt.empty();

    private final AgentModels models = new AgentModels();
    private Instant now = Instant.EPOCH;

    @Test
    void what_is_reported_to_be_in_memory_is_warm() {
        reports("a");

        assertThat(models.isWarm(A, ANY)).isTrue();
        assertThat(models.isWarm(new ModelName("a:latest"), ANY)).isTrue();
        assertThat(models.isWarm(B, ANY)).isFalse();
        reports();
        assertThat(models.isWarm(A, ANY)).isFalse();
    }

    @Test
    void it_is_warm_only_for_the_context_that_it_was_loaded_with() {
        reports("a");

        assertThat(models.isWarm(A, OptionalInt.of(Some.CONTEXT))).isTrue();
        assertThat(models.isWarm(A, OptionalInt.of(1))).isFalse();
    }

    @Test
    void a_model_is_not_warm_while_it_is_loaded_again() {
        reports("a");
        models.loading(A, JOB);

        assertThat(models.isWarm(A, ANY)).isFalse();
        assertThat(models.isLoading(A)).isTrue();
        models.loadOver(A);
        models.warmed(A, OptionalInt.of(1), now);
        assertThat(models.isWarm(A, OptionalInt.of(1))).isTrue();
    }

    @Test
    void a_report_that_is_older_than_a_load_does_not_make_it_cold() {
        models.warmed(A, ANY, now);
        reports();

        assertThat(models.isWarm(A, ANY)).isTrue();
        now = now.plusSeconds(4);
        reports();
        assertThat(models.isWarm(A, ANY)).isFalse();
    }

    @Test
    void a_model_that_answers_is_in_memory_whatever_a_report_says() {
        models.warmed(A, ANY, now);
        now = now.plusSeconds(60);
        models.reported(Some.agent("x", 1, List.of("a", "b"), List.of()), Set.of(A), now);

        assertThat(models.isWarm(A, ANY)).isTrue();
    }

    @Test
    void a_load_that_was_given_up_counts_for_nobody_and_still_forbids_another() {
        models.loading(A, JOB);
        models.loadGivenUp(A);

        assertThat(models.isLoading(A)).isFalse();
        assertThat(models.loadsUnderWay()).isEmpty();
        assertThat(models.mayBeLoaded(A)).isFalse();
        models.loadOver(A);
        assertThat(models.mayBeLoaded(A)).isTrue();
    }

    @Test
    void a_model_that_could_not_be_loaded_is_remembered_for_a_minute_or_until_it_is() {
        models.loadFailed(A, now);

        assertThat(models.failedLately(A, now.plusSeconds(59))).isTrue();
        assertThat(models.failedLately(A, now.plusSeconds(60))).isFalse();
        models.warmed(A, ANY, now);
        assertThat(models.failedLately(A, now)).isFalse();
    }

    @Test
    void a_load_that_drove_out_another_model_shows_what_does_not_fit_together() {
        reports("a");
        assertThat(models.fitsBeside(Set.of(A), B)).isTrue();

        models.loading(B, JOB);
        models.loadOver(B);
        reports("b");

        assertThat(models.fitsBeside(Set.of(A), B)).isFalse();
        assertThat(models.fitsBeside(Set.of(), B)).isTrue();
        assertThat(models.fitsBeside(Set.of(B), B)).isTrue();
    }

    private void reports(String... loaded) {
        models.reported(Some.agent("x", 1, List.of("a", "b"), List.of(loaded)), Set.of(), now);
    }
}
