package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentChanged;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentJoined;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.AgentLeft;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.ClientGone;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.FirstLine;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.JobEnded;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.RequestArrived;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.SlotFreed;
import org.ollamaorchestrator.gateway.scheduling.CoreEvent.TimePassed;
import org.ollamaorchestrator.gateway.scheduling.Effect.CancelJob;
import org.ollamaorchestrator.gateway.scheduling.Effect.EndRequest;
import org.ollamaorchestrator.gateway.scheduling.Effect.StartJob;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.ProtocolVersion;

@NullMarked
class CoreTest {

    private static final ModelName TINY = new ModelName("tiny");
    private static final RequestId REQUEST = new RequestId("r");
    private static final JobId JOB = REQUEST.attempt(1);
    private static final AgentId AGENT = new AgentId("a");
    private static final JobEnd DONE = new JobEnd.Completed();
    private static final JobEnd BROKEN = new JobEnd.Failed(new JobFailure.OllamaBroke("eof"));
    private static final JobFailure LEFT = new JobFailure.Cancelled();

    private final Core core = new Core();
    private Instant now = Instant.EPOCH;

    @Test
    void a_request_goes_at_once_to_an_agent_with_its_model_and_a_free_slot() {
        step(new AgentJoined(agent("a", 1, "other")), new AgentJoined(agent("b", 1, "tiny")));

        assertThat(step(arrival(REQUEST))).containsExactly(new StartJob(REQUEST, JOB, new AgentId("b")));
    }

    @Test
    void without_agents_it_ends_at_once() {
        assertThat(step(arrival(REQUEST))).containsExactly(ended(REQUEST, new JobFailure.NoAgent()));
    }

    @Test
    void a_model_that_nobody_has_ends_it_at_once() {
        step(new AgentJoined(agent("a", 1, "other")));

        assertThat(step(arrival(REQUEST))).containsExactly(ended(REQUEST, new JobFailure.NoSuchModel(TINY)));
    }

    @Test
    void slots_are_never_exceeded_and_come_back_with_each_end() {
        step(new AgentJoined(agent("a", 2, "tiny")));
        step(arrival(request(1)), arrival(request(2)));

        assertThat(step(arrival(request(3)))).containsExactly(ended(request(3), new JobFailure.AllBusy(TINY)));
        assertThat(step(new JobEnded(AGENT, request(1).attempt(1), DONE, true)))
                .containsExactly(new EndRequest(request(1), DONE));
        assertThat(step(arrival(request(4))))
                .containsExactly(new StartJob(request(4), request(4).attempt(1), AGENT));
    }

    @Test
    void the_least_busy_agent_is_chosen_and_among_equals_the_longest_idle() {
        step(new AgentJoined(agent("a", 2, "tiny")));
        now = now.plusSeconds(1);
        step(new AgentJoined(agent("b", 2, "tiny")));

        assertThat(placedOn(request(1))).isEqualTo(new AgentId("a"));
        assertThat(placedOn(request(2))).isEqualTo(new AgentId("b"));
        now = now.plusSeconds(1);
        step(new JobEnded(new AgentId("b"), request(2).attempt(1), DONE, true));
        now = now.plusSeconds(1);
        step(new JobEnded(new AgentId("a"), request(1).attempt(1), DONE, true));
        assertThat(placedOn(request(3))).isEqualTo(new AgentId("b"));
    }

    @Test
    void agents_that_drain_or_whose_ollama_is_away_get_nothing() {
        AgentProfile profile = agent("a", 1, "tiny");
        step(new AgentJoined(profile));

        step(new AgentChanged(draining(profile)));
        assertThat(step(arrival(request(1)))).containsExactly(ended(request(1), new JobFailure.NoAgent()));

        step(new AgentChanged(ollamaDown(profile)));
        assertThat(step(arrival(request(2))))
                .singleElement()
                .isInstanceOfSatisfying(
                        EndRequest.class,
                        end -> assertThat(end.end())
                                .isEqualTo(new JobEnd.Failed(new JobFailure.OllamaUnreachable("it does not answer"))));

        step(new AgentChanged(profile));
        assertThat(placedOn(request(3))).isEqualTo(AGENT);
    }

    @Test
    void what_version_1_cannot_say_goes_to_version_2_or_is_refused_with_the_reason() {
        step(new AgentJoined(version1("one")));
        var tools = new JobNeeds(TINY, Optional.of("tools"));

        assertThat(step(new RequestArrived(request(1), tools)))
                .containsExactly(ended(request(1), new JobFailure.NotForVersion1("tools")));

        step(new AgentJoined(agent("two", 1, "tiny")));
        assertThat(step(new RequestArrived(request(2), tools)))
                .containsExactly(new StartJob(request(2), request(2).attempt(1), new AgentId("two")));
    }

    @Test
    void a_client_that_leaves_has_its_end_at_once_and_its_slot_stays_taken_until_the_agent_confirms() {
        placed();

        assertThat(step(new ClientGone(REQUEST, LEFT)))
                .containsExactly(new CancelJob(JOB, AGENT), ended(REQUEST, LEFT));
        assertThat(step(arrival(request(2)))).containsExactly(ended(request(2), new JobFailure.AllBusy(TINY)));

        assertThat(step(new JobEnded(AGENT, JOB, new JobEnd.Failed(LEFT), true)))
                .isEmpty();
        assertThat(placedOn(request(3))).isEqualTo(AGENT);
    }

    @Test
    void an_agent_that_does_not_confirm_a_cancel_gets_no_jobs_until_it_reports() {
        step(new AgentJoined(agent("a", 2, "tiny")), arrival(REQUEST), new ClientGone(REQUEST, LEFT));
        assertThat(core.wakeAt()).contains(now.plus(Core.CONFIRM_WITHIN));

        now = now.plus(Core.CONFIRM_WITHIN);
        step(new TimePassed());

        assertThat(core.wakeAt()).isEmpty();
        assertThat(step(arrival(request(2)))).containsExactly(ended(request(2), new JobFailure.NoAgent()));
        assertThat(core.view().agents().getFirst().notUsedBecause()).isPresent();
        step(new AgentChanged(agent("a", 2, "tiny")));
        assertThat(placedOn(request(3))).isEqualTo(AGENT);
    }

    @Test
    void a_confirmed_cancel_leaves_nothing_to_wait_for() {
        placed();
        step(new ClientGone(REQUEST, LEFT), new JobEnded(AGENT, JOB, new JobEnd.Failed(LEFT), true));

        assertThat(core.wakeAt()).isEmpty();
    }

    @Test
    void version_1_knows_no_cancel_so_it_has_all_the_time_it_needs() {
        step(new AgentJoined(version1("a")), arrival(REQUEST), new ClientGone(REQUEST, LEFT));

        assertThat(core.wakeAt()).isEmpty();
        assertThat(step(arrival(request(2)))).containsExactly(ended(request(2), new JobFailure.AllBusy(TINY)));
        step(new SlotFreed(AGENT, JOB));
        assertThat(placedOn(request(3))).isEqualTo(AGENT);
    }

    @Test
    void an_answer_may_be_whole_before_its_slot_is_free() {
        step(new AgentJoined(version1("a")), arrival(REQUEST));

        assertThat(step(new JobEnded(AGENT, JOB, DONE, false))).containsExactly(new EndRequest(REQUEST, DONE));
        assertThat(step(arrival(request(2)))).containsExactly(ended(request(2), new JobFailure.AllBusy(TINY)));
        step(new SlotFreed(AGENT, JOB));
        assertThat(placedOn(request(3))).isEqualTo(AGENT);
    }

    @Test
    void a_lost_agent_ends_its_jobs_and_tells_whether_anything_had_come() {
        step(new AgentJoined(agent("a", 2, "tiny")), arrival(request(1)), arrival(request(2)));
        step(new FirstLine(request(2).attempt(1)));

        assertThat(step(new AgentLeft(AGENT, Optional.empty())))
                .containsExactly(
                        ended(request(1), new JobFailure.AgentLost(false)),
                        ended(request(2), new JobFailure.AgentLost(true)));
        assertThat(core.view().agents()).isEmpty();
    }

    @Test
    void an_agent_that_broke_the_protocol_ends_its_jobs_with_the_reason() {
        placed();

        assertThat(step(new AgentLeft(AGENT, Optional.of("chunk: seq"))))
                .containsExactly(ended(REQUEST, new JobFailure.ProtocolBroken("chunk: seq")));
    }

    @Test
    void nobody_but_its_agent_can_end_a_job() {
        placed();
        step(new AgentJoined(agent("b", 1, "tiny")));

        assertThat(step(new JobEnded(new AgentId("b"), JOB, DONE, true))).isEmpty();
        assertThat(step(new JobEnded(AGENT, JOB, DONE, true))).containsExactly(new EndRequest(REQUEST, DONE));
    }

    @Test
    void a_request_that_arrives_twice_is_a_bug_of_ours() {
        placed();

        assertThatIllegalStateException().isThrownBy(() -> step(arrival(REQUEST)));
    }

    /** Every state a job can be in, by the events that lead there. */
    static Map<String, List<CoreEvent>> states() {
        List<CoreEvent> placed = List.of(new AgentJoined(agent("a", 1, "tiny")), arrival(REQUEST));
        return Map.of(
                "unknown", List.of(new AgentJoined(agent("a", 1, "tiny"))),
                "placed", placed,
                "streaming", with(placed, new FirstLine(JOB)),
                "releasing after a cancel", with(placed, new ClientGone(REQUEST, LEFT)),
                "releasing after its end", with(placed, new JobEnded(AGENT, JOB, DONE, false)),
                "ended", with(placed, new JobEnded(AGENT, JOB, DONE, true)));
    }

    /** Every event that can meet a job. */
    static List<CoreEvent> events() {
        return List.of(
                new FirstLine(JOB),
                new JobEnded(AGENT, JOB, DONE, true),
                new JobEnded(AGENT, JOB, BROKEN, true),
                new JobEnded(AGENT, JOB, DONE, false),
                new SlotFreed(AGENT, JOB),
                new ClientGone(REQUEST, LEFT),
                new AgentLeft(AGENT, Optional.empty()),
                new AgentChanged(agent("a", 1, "tiny")),
                new TimePassed());
    }

    static Stream<Arguments> every_state_and_two_events() {
        return states().keySet().stream()
                .flatMap(state -> events().stream()
                        .flatMap(first -> events().stream().map(second -> Arguments.of(state, first, second))));
    }

    @ParameterizedTest
    @MethodSource("every_state_and_two_events")
    void whatever_happens_in_whichever_state_a_request_has_one_end_and_the_slot_comes_back(
            String state, CoreEvent first, CoreEvent second) {
        var effects = new ArrayList<Effect>();
        states().getOrDefault(state, List.of()).forEach(event -> effects.addAll(step(event)));
        effects.addAll(step(first));
        now = now.plus(Duration.ofMinutes(1));
        effects.addAll(step(second));

        effects.addAll(
                step(new JobEnded(AGENT, JOB, BROKEN, true), new ClientGone(REQUEST, LEFT), new SlotFreed(AGENT, JOB)));

        long ends = effects.stream().filter(EndRequest.class::isInstance).count();
        assertThat(ends).isEqualTo("unknown".equals(state) ? 0 : 1);
        assertThat(core.view().agents())
                .allSatisfy(agent -> assertThat(agent.active()).isZero());
        assertThat(core.wakeAt()).isEmpty();
    }

    private void placed() {
        step(new AgentJoined(agent("a", 1, "tiny")), arrival(REQUEST));
    }

    private AgentId placedOn(RequestId request) {
        return step(arrival(request)).stream()
                .map(StartJob.class::cast)
                .map(StartJob::agent)
                .findFirst()
                .orElseThrow();
    }

    @CanIgnoreReturnValue
    private List<Effect> step(CoreEvent... events) {
        return Stream.of(events)
                .map(event -> core.step(event, now))
                .flatMap(List::stream)
                .toList();
    }

    private static List<CoreEvent> with(List<CoreEvent> before, CoreEvent next) {
        return Stream.concat(before.stream(), Stream.of(next)).toList();
    }

    private static RequestId request(int number) {
        return new RequestId("r" + number);
    }

    private static CoreEvent arrival(RequestId request) {
        return new RequestArrived(request, new JobNeeds(TINY, Optional.empty()));
    }

    private static EndRequest ended(RequestId request, JobFailure failure) {
        return new EndRequest(request, new JobEnd.Failed(failure));
    }

    static AgentProfile agent(String id, int slots, String... models) {
        return profile(id, ProtocolVersion.TUNNEL, slots, false, OllamaState.UP, models);
    }

    private static AgentProfile version1(String id) {
        return profile(id, ProtocolVersion.PROMPTS, 1, false, OllamaState.UP, "tiny");
    }

    private static AgentProfile draining(AgentProfile of) {
        return profile(of.id().value(), of.protocol(), of.slots(), true, OllamaState.UP, "tiny");
    }

    private static AgentProfile ollamaDown(AgentProfile of) {
        return profile(of.id().value(), of.protocol(), of.slots(), false, OllamaState.DOWN, "tiny");
    }

    private static AgentProfile profile(
            String id, int protocol, int slots, boolean draining, OllamaState ollama, String... models) {
        Set<ModelName> names = Stream.of(models)
                .map((Function<String, ModelName>) ModelName::new)
                .collect(Collectors.toSet());
        return new AgentProfile(
                new AgentId(id),
                protocol,
                id,
                null,
                null,
                Map.of(),
                new AgentProfile.NamedModels(names),
                List.of(),
                slots,
                draining,
                ollama);
    }
}
