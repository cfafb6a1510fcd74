package org.ollamaorchestrator.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.models.PartEvent.Begun;
import org.ollamaorchestrator.gateway.models.PartEvent.Completed;
import org.ollamaorchestrator.gateway.models.PartEvent.FailedBy;
import org.ollamaorchestrator.gateway.models.PartEvent.Told;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;

@NullMarked
class MergedProgressTest {

    private static final Instant NOW = Instant.parse("2026-11-25T20:00:00Z");
    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b");
    private static final String MANIFEST = "{\"status\":\"pulling manifest\"}";
    private static final String SUCCESS = "{\"status\":\"success\"}";

    private final MergedProgress progress = new MergedProgress();

    @Test
    void one_agents_lines_are_told_as_they_are() {
        ModelOperation operation = running(A);
        assertThat(progress.linesAt(operation)).isEmpty();

        operation = told(operation, A, MANIFEST);
        assertThat(progress.linesAt(operation)).containsExactly(MANIFEST);

        operation = told(operation, A, layer(100, 50));
        assertThat(progress.linesAt(operation)).containsExactly(layer(100, 50));

        operation = told(operation, A, SUCCESS).after(A, new Completed(), NOW);
        assertThat(progress.linesAt(operation)).containsExactly(SUCCESS);
    }

    @Test
    void a_layer_that_several_agents_pull_is_one_whose_bytes_are_theirs_together() {
        ModelOperation operation = told(told(running(A, B), A, layer(100, 50)), B, layer(100, 20));

        assertThat(progress.linesAt(operation)).containsExactly(layer(200, 70));
    }

    @Test
    void a_step_is_told_when_the_first_agent_takes_it_and_not_again() {
        ModelOperation operation = told(running(A, B), A, MANIFEST);
        assertThat(progress.linesAt(operation)).containsExactly(MANIFEST);

        assertThat(progress.linesAt(told(operation, B, MANIFEST))).isEmpty();
    }

    @Test
    void moments_that_were_left_out_are_made_up_for_in_their_order() {
        ModelOperation operation = told(
                told(told(running(A), A, MANIFEST), A, layer(100, 100)), A, "{\"status\":\"verifying sha256 digest\"}");

        assertThat(progress.linesAt(operation))
                .containsExactly(MANIFEST, layer(100, 100), "{\"status\":\"verifying sha256 digest\"}");
    }

    @Test
    void an_agent_that_fails_is_told_at_once_and_again_in_the_last_line() {
        ModelOperation operation = running(A, B).after(A, new FailedBy(new JobFailure.OllamaBroke("no space")), NOW);
        assertThat(progress.linesAt(operation)).containsExactly("{\"status\":\"agent box-a: no space\"}");

        operation = operation.after(B, new Completed(), NOW);
        assertThat(progress.linesAt(operation)).containsExactly("{\"error\":\"agent box-a: no space\"}");
    }

    @Test
    void the_failure_of_the_only_agent_is_one_line_in_ollamas_words() {
        ModelOperation operation = running(A).after(A, new FailedBy(new JobFailure.OllamaBroke("no space")), NOW);

        assertThat(progress.linesAt(operation)).containsExactly("{\"error\":\"no space\"}");
    }

    @Test
    void an_agent_that_is_lost_is_told_with_what_comes_of_it() {
        ModelOperation operation = running(A).after(A, new FailedBy(new JobFailure.AgentLost(false)), NOW);

        assertThat(progress.linesAt(operation))
                .containsExactly(
                        "{\"status\":\"agent box-a: the agent's connection was lost; it will be tried again\"}");
    }

    @Test
    void what_is_no_progress_is_passed_over() {
        ModelOperation operation = told(told(told(running(A), A, "not json"), A, "[1]"), A, "{\"status\":7.5e3}");

        assertThat(operation.parts().getFirst().progress().total()).isZero();
        assertThat(told(operation, A, layer(100, 40))
                        .parts()
                        .getFirst()
                        .progress()
                        .completed())
                .isEqualTo(40);
    }

    private static ModelOperation running(AgentId... agents) {
        ModelOperation operation = ModelOperationTest.of(ModelAction.PULL, agents);
        for (AgentId agent : agents) {
            operation = operation.after(agent, new Begun(), NOW);
        }
        return operation;
    }

    private static ModelOperation told(ModelOperation operation, AgentId agent, String line) {
        return operation.after(agent, new Told(line), NOW);
    }

    private static String layer(long total, long completed) {
        return "{\"status\":\"pulling 8ac8\",\"digest\":\"sha256:8ac8\",\"total\":%d,\"completed\":%d}"
                .formatted(total, completed);
    }
}
