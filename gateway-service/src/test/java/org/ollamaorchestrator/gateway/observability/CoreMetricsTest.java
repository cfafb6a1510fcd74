package org.ollamaorchestrator.gateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent;
import org.ollamaorchestrator.gateway.scheduling.Effect;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.gateway.scheduling.JobNeeds;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.Prompt;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.Share;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.Room;

/** What each step of the core adds to the metrics. */
@NullMarked
class CoreMetricsTest {

    private static final AgentId BOX = new AgentId("id-of-box");
    private static final RequestId REQUEST = new RequestId("r");
    private static final JobId JOB = REQUEST.attempt(1);
    private static final JobId LOAD = new JobId("r-load-1");
    private static final JobEnd DONE = new JobEnd.Completed();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CoreMetrics metrics = new CoreMetrics(registry, new KnownNames());

    @BeforeEach
    void anAgentIsThere() {
        joins(Set.of());
    }

    @Test
    void a_request_is_placed_at_once_if_its_arrival_has_it_placed() {
        metrics.stepped(arrival(), List.of(start(1)));

        assertThat(placements("at_once")).isEqualTo(1);
    }

    @Test
    void a_request_that_waits_is_placed_when_another_job_ends() {
        metrics.stepped(arrival(), List.of());
        metrics.stepped(ended(new JobId("other-1"), DONE), List.of(start(1)));

        assertThat(placements("queued")).isEqualTo(1);
    }

    @Test
    void a_request_whose_model_was_loaded_is_placed_for_that_and_the_load_is_timed() {
        metrics.stepped(arrival(), List.of(new Effect.StartLoad(LOAD, BOX, REQUEST)));
        metrics.stepped(ended(LOAD, DONE), List.of(start(1)));

        assertThat(placements("loaded")).isEqualTo(1);
        assertThat(load("done")).isNotNull().satisfies(load -> {
            assertThat(load.count()).isEqualTo(1);
            assertThat(load.getId().getTag("model")).isEqualTo("tiny:latest");
        });
    }

    @Test
    void a_request_that_is_placed_once_more_is_placed_again_and_the_cause_is_counted() {
        var unreachable = new JobFailure.OllamaUnreachable("why");
        metrics.stepped(arrival(), List.of(start(1)));
        metrics.stepped(ended(JOB, new JobEnd.Failed(unreachable)), List.of(startAgain(unreachable)));

        assertThat(placements("again")).isEqualTo(1);
        assertThat(retries("ollama_unreachable")).isEqualTo(1);
        assertThat(registry.get("orchestrator.agent.jobs")
                        .tags("agent", "box", "end", "ollama_unreachable")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void every_cause_of_a_retry_is_told_before_there_is_one() {
        assertThat(List.of("agent_lost", "agent_refused", "ollama_answered", "ollama_unreachable"))
                .allSatisfy(cause -> assertThat(retries(cause)).isZero());
    }

    @Test
    void a_load_whose_client_has_left_is_timed_all_the_same() {
        metrics.stepped(arrival(), List.of(new Effect.StartLoad(LOAD, BOX, REQUEST)));
        metrics.stepped(
                new CoreEvent.ClientGone(REQUEST, new JobFailure.Cancelled()),
                List.of(new Effect.EndRequest(REQUEST, new JobEnd.Failed(new JobFailure.Cancelled()))));
        metrics.stepped(ended(LOAD, DONE), List.of());

        assertThat(load("done")).isNotNull();
    }

    @Test
    void a_load_that_its_agent_comes_back_with_goes_on_and_any_other_is_forgotten() {
        metrics.stepped(arrival(), List.of(new Effect.StartLoad(LOAD, BOX, REQUEST)));
        joins(Set.of(LOAD));
        joins(Set.of());
        metrics.stepped(ended(LOAD, DONE), List.of());

        assertThat(load("done")).isNull();
    }

    @Test
    void a_cancel_is_timed_when_its_own_agent_says_that_the_slot_is_free() {
        metrics.stepped(new CoreEvent.TimePassed(), List.of(new Effect.CancelJob(JOB, BOX)));

        metrics.stepped(new CoreEvent.JobEnded(BOX, JOB, DONE, false), List.of());
        metrics.stepped(new CoreEvent.SlotFreed(new AgentId("another"), JOB), List.of());
        assertThat(cancels()).isZero();

        metrics.stepped(new CoreEvent.SlotFreed(BOX, JOB), List.of());
        metrics.stepped(new CoreEvent.SlotFreed(BOX, JOB), List.of());
        assertThat(cancels()).isEqualTo(1);
    }

    @Test
    void a_cancel_whose_agent_is_gone_is_not_timed() {
        metrics.stepped(new CoreEvent.TimePassed(), List.of(new Effect.CancelJob(JOB, BOX)));
        metrics.stepped(new CoreEvent.AgentDropped("connection", BOX), List.of());
        metrics.stepped(new CoreEvent.SlotFreed(BOX, JOB), List.of());

        assertThat(cancels()).isZero();
    }

    @Test
    void an_agents_comings_and_goings_have_its_name_and_resumes_are_counted() {
        metrics.stepped(new CoreEvent.AgentDropped("connection", BOX), List.of());
        metrics.stepped(new CoreEvent.AgentLeft("connection", BOX, Optional.empty()), List.of());
        metrics.stepped(new CoreEvent.TimePassed(), List.of(new Effect.ResumeJob(JOB, BOX)));

        assertThat(registry.get("orchestrator.agent.disconnects")
                        .tag("agent", "box")
                        .counter()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get("orchestrator.agent.joins")
                        .tag("agent", "box")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("orchestrator.resumes").counter().count()).isEqualTo(1);
    }

    private void joins(Set<JobId> resuming) {
        metrics.stepped(new CoreEvent.AgentJoined("connection", box(), resuming), List.of());
    }

    private double placements(String reason) {
        return registry.get("orchestrator.placements")
                .tag("reason", reason)
                .counter()
                .count();
    }

    private double retries(String reason) {
        return registry.get("orchestrator.retries")
                .tag("reason", reason)
                .counter()
                .count();
    }

    private @Nullable Timer load(String end) {
        return registry.find("orchestrator.loads").tag("end", end).timer();
    }

    private long cancels() {
        return registry.get("orchestrator.cancels").timer().count();
    }

    private static Effect start(int attempt) {
        return new Effect.StartJob(REQUEST, REQUEST.attempt(attempt), BOX, Optional.empty(), Optional.empty());
    }

    private static Effect startAgain(JobFailure after) {
        return new Effect.StartJob(REQUEST, REQUEST.attempt(2), BOX, Optional.empty(), Optional.of(after));
    }

    private static CoreEvent ended(JobId job, JobEnd end) {
        return new CoreEvent.JobEnded(BOX, job, end, true);
    }

    private static CoreEvent arrival() {
        return new CoreEvent.RequestArrived(
                REQUEST,
                new JobNeeds(
                        new ModelName("tiny"),
                        Operation.CHAT,
                        Optional.empty(),
                        true,
                        OptionalInt.empty(),
                        Prompt.NONE,
                        1,
                        Share.anonymous(Priority.NORMAL),
                        Optional.of(Duration.ofSeconds(1))));
    }

    private static AgentProfile box() {
        return new AgentProfile(
                BOX,
                2,
                "box",
                null,
                null,
                Map.of(),
                new AgentProfile.NamedModels(Set.of(new ModelName("tiny"))),
                List.of(),
                1,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }
}
