package org.ollamaorchestrator.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.models.ModelOperation.State;
import org.ollamaorchestrator.gateway.models.PartEvent.Begun;
import org.ollamaorchestrator.gateway.models.PartEvent.CancelAsked;
import org.ollamaorchestrator.gateway.models.PartEvent.Completed;
import org.ollamaorchestrator.gateway.models.PartEvent.FailedBy;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;

@NullMarked
class ModelOperationTest {

    private static final Instant NOW = Instant.parse("2026-11-25T20:00:00Z");
    private static final AgentId A = new AgentId("a");
    private static final AgentId B = new AgentId("b");
    private static final JobFailure NOT_FOUND =
            new JobFailure.OllamaAnswered(404, null, "{\"error\":\"model 'tiny' not found\"}");

    @Test
    void it_is_done_when_all_agents_are() {
        ModelOperation operation = of(ModelAction.PULL, A, B);
        assertThat(operation.state()).isEqualTo(State.WAITING);

        operation = operation.after(A, new Begun(), NOW).after(A, new Completed(), NOW);
        assertThat(operation.state()).isEqualTo(State.RUNNING);
        assertThat(operation.isOver()).isFalse();

        operation = operation.after(B, new Begun(), NOW).after(B, new Completed(), NOW.plusSeconds(1));
        assertThat(operation.state()).isEqualTo(State.DONE);
        assertThat(operation.ended()).hasValue(NOW.plusSeconds(1));
    }

    @Test
    void one_agent_that_fails_stops_no_other_and_is_named_in_the_end() {
        ModelOperation operation = of(ModelAction.DELETE, A, B)
                .after(A, new Begun(), NOW)
                .after(A, new FailedBy(NOT_FOUND), NOW)
                .after(B, new Begun(), NOW);
        assertThat(operation.state()).isEqualTo(State.RUNNING);

        operation = operation.after(B, new Completed(), NOW);
        assertThat(operation.state()).isEqualTo(State.FAILED);
        assertThat(operation.problem()).isEqualTo("agent box-a: model 'tiny' not found");
        assertThat(operation.onlyFailure()).isEmpty();
    }

    @Test
    void the_failure_of_the_only_agent_is_the_operations_own() {
        ModelOperation operation =
                of(ModelAction.DELETE, A).after(A, new Begun(), NOW).after(A, new FailedBy(NOT_FOUND), NOW);

        assertThat(operation.problem()).isEqualTo("model 'tiny' not found");
        assertThat(operation.onlyFailure()).hasValue(NOT_FOUND);
    }

    @Test
    void what_a_lost_attempt_deleted_is_not_missed_by_the_next_one() {
        ModelOperation operation = of(ModelAction.DELETE, A)
                .after(A, new Begun(), NOW)
                .after(A, new FailedBy(new JobFailure.AgentLost(false)), NOW)
                .after(A, new Begun(), NOW)
                .after(A, new FailedBy(NOT_FOUND), NOW);

        assertThat(operation.state()).isEqualTo(State.DONE);
    }

    @Test
    void what_is_cancelled_is_so_unless_an_agent_had_failed_before() {
        ModelOperation running = of(ModelAction.PULL, A, B).after(A, new Begun(), NOW);

        assertThat(running.after(A, new CancelAsked(), NOW)
                        .after(B, new CancelAsked(), NOW)
                        .state())
                .isEqualTo(State.CANCELLED);
        assertThat(running.after(A, new FailedBy(NOT_FOUND), NOW)
                        .after(B, new CancelAsked(), NOW)
                        .state())
                .isEqualTo(State.FAILED);
    }

    static ModelOperation of(ModelAction action, AgentId... agents) {
        return new ModelOperation(
                new OperationId("o1"),
                ModelOrder.of(action, new ModelName("tiny")),
                "boss",
                NOW,
                Optional.empty(),
                List.of(agents).stream()
                        .map(agent -> Part.of(agent, "box-" + agent.value()))
                        .toList());
    }
}
