package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ollamaorchestrator.gateway.scheduling.Some.allowing;
import static org.ollamaorchestrator.gateway.scheduling.Some.chat;
import static org.ollamaorchestrator.gateway.scheduling.Some.cold;
import static org.ollamaorchestrator.gateway.scheduling.Some.ollamaDown;
import static org.ollamaorchestrator.gateway.scheduling.Some.warm;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class PlacementTest {

    private static final ModelName TINY = new ModelName("tiny");

    private final Estimates estimates = new Estimates();
    private final Placement placement = new Placement(estimates);
    private final Step step = new Step();
    private final Fleet fleet = new Fleet(step, new Alarms());
    private final Instant now = Instant.EPOCH;
    private int jobs;

    @Test
    void the_least_busy_of_the_warm_is_chosen_and_among_equals_the_longest_idle() {
        AgentState a = joins(warm("a", 2, "tiny"));
        AgentState b = joins(warm("b", 2, "tiny"));
        assertThat(choose("tiny")).isEqualTo(new Placement.On(a));

        busy(a, "tiny");
        assertThat(choose("tiny")).isEqualTo(new Placement.On(b));
        JobId job = busy(b, "tiny");
        a.release(new JobId("j1"), now.plusSeconds(2));
        b.release(job, now.plusSeconds(1));
        assertThat(choose("tiny")).isEqualTo(new Placement.On(b));
    }

    @Test
    void an_agent_whose_owner_does_not_allow_it_is_not_chosen() {
        joins(allowing(warm("a", 1, "tiny"), Operation.EMBED));
        assertThat(choose("tiny")).isEqualTo(new Placement.Nowhere(new JobFailure.NotAllowed(Operation.CHAT)));

        AgentState b = joins(allowing(cold("b", 1, "tiny"), Operation.CHAT));

        assertThat(choose("tiny")).as("without a load, which is not allowed").isEqualTo(new Placement.On(b));
    }

    @Test
    void a_warm_agent_goes_before_a_cold_one() {
        joins(cold("a", 1, "tiny"));
        AgentState b = joins(warm("b", 1, "tiny"));

        assertThat(choose("tiny")).isEqualTo(new Placement.On(b));
    }

    @Test
    void a_conversation_goes_where_its_beginning_went() {
        joins(warm("a", 2, "tiny"));
        AgentState b = joins(warm("b", 2, "tiny"));
        var prompt = new Prompt(20_000, List.of(new Prompt.Prefix(1, 5_000), new Prompt.Prefix(2, 18_000)));
        b.prefixes().went(prompt);
        busy(b, "tiny");

        assertThat(choose(Some.withPrompt(prompt, chat("tiny")), 1)).isEqualTo(new Placement.On(b));
    }

    @Test
    void a_short_prompt_is_no_reason_to_crowd_an_agent() {
        AgentState a = joins(warm("a", 2, "tiny"));
        AgentState b = joins(warm("b", 2, "tiny"));
        var prompt = new Prompt(200, List.of(new Prompt.Prefix(1, 150)));
        b.prefixes().went(prompt);
        busy(b, "tiny");

        assertThat(choose(Some.withPrompt(prompt, chat("tiny")), 1)).isEqualTo(new Placement.On(a));
    }

    @Test
    void a_model_is_loaded_where_that_takes_the_least_time_and_drives_out_the_least() {
        joins(warm("a", 1, "other", "tiny2"));
        AgentState b = joins(Some.agent("b", 1, List.of("tiny", "other"), List.of("other")));
        AgentState c = joins(cold("c", 1, "tiny"));
        assertThat(choose("tiny")).isEqualTo(new Placement.LoadOn(c));

        estimates.loadTook(c.id(), TINY, Duration.ofSeconds(30));
        estimates.loadTook(b.id(), TINY, Duration.ofSeconds(3));
        assertThat(choose("tiny")).isEqualTo(new Placement.LoadOn(b));
    }

    @Test
    void waiting_for_a_short_job_is_better_than_a_long_load() {
        AgentState a = joins(warm("a", 1, "tiny"));
        joins(cold("b", 1, "tiny"));
        busy(a, "tiny");

        assertThat(choose(chat("tiny"), 1, Duration.ofSeconds(2))).isEqualTo(new Placement.Wait());
        assertThat(choose(chat("tiny"), 1, Duration.ofSeconds(20))).isInstanceOf(Placement.LoadOn.class);
        assertThat(choose(chat("tiny"), 5, Duration.ofSeconds(2))).isInstanceOf(Placement.LoadOn.class);
    }

    @Test
    void an_agent_where_the_load_failed_a_moment_ago_is_the_last_to_be_tried_again() {
        AgentState a = joins(cold("a", 1, "tiny"));
        AgentState b = joins(cold("b", 1, "tiny"));
        a.models().loadFailed(TINY, now);

        assertThat(choose("tiny")).isEqualTo(new Placement.LoadOn(b));
        fleet.remove(b);
        assertThat(choose("tiny")).isEqualTo(new Placement.LoadOn(a));
    }

    @Test
    void an_agent_that_is_kept_free_takes_nothing() {
        AgentState a = joins(warm("a", 1, "tiny"));

        assertThat(placement.choose(fleet, Set.of(a), request(chat("tiny")), 1, (agent, model) -> Duration.ZERO, now))
                .isEqualTo(new Placement.Wait());
    }

    @Test
    void agents_that_were_put_aside_are_used_only_if_there_is_nobody_else() {
        AgentState a = joins(warm("a", 1, "tiny"));
        AgentState b = joins(warm("b", 1, "tiny"));
        busy(b, "tiny");
        for (int i = 0; i < 3; i++) {
            a.health().failed(now.minusMillis(i), false);
        }

        assertThat(choose("tiny")).isEqualTo(new Placement.Wait());
        fleet.remove(b);
        assertThat(choose("tiny")).isEqualTo(new Placement.On(a));
    }

    @Test
    void where_it_failed_it_does_not_go_again_and_hears_of_that_failure() {
        joins(warm("a", 1, "tiny"));
        Request request = request(chat("tiny"));
        var failure = new JobFailure.OllamaUnreachable("reset");
        request.failedOn(new AgentId("a"), failure, now, Duration.ofSeconds(1));

        assertThat(choose(request)).isEqualTo(new Placement.Nowhere(failure));
    }

    @Test
    void a_new_request_is_refused_where_an_old_one_waits_for_an_ollama_to_come_back() {
        AgentState a = joins(warm("a", 1, "tiny"));
        a.reported(ollamaDown(warm("a", 1, "tiny")), now);
        a.ollamaBack = new Alarms().set(now, new Alarms.OllamaAway(a.id()));
        Request request = request(chat("tiny"));

        assertThat(choose(request))
                .isEqualTo(new Placement.Nowhere(new JobFailure.OllamaUnreachable("it does not answer")));
        request.isOld();
        assertThat(choose(request)).isEqualTo(new Placement.Wait());
    }

    @Test
    void version_1_is_never_asked_to_load() {
        AgentState a = joins(Some.version1("a", "tiny"));

        assertThat(choose("tiny")).isEqualTo(new Placement.On(a));
    }

    @CanIgnoreReturnValue
    private AgentState joins(AgentProfile profile) {
        step.begin(now);
        return fleet.joined(new CoreEvent.AgentJoined("1", profile, Set.of()));
    }

    @CanIgnoreReturnValue
    private JobId busy(AgentState agent, String model) {
        jobs++;
        var job = new JobId("j" + jobs);
        agent.take(job, new ModelName(model));
        return job;
    }

    private Placement.Choice choose(String model) {
        return choose(chat(model), 1);
    }

    private Placement.Choice choose(JobNeeds needs, int waiting) {
        return choose(needs, waiting, Duration.ofSeconds(10));
    }

    private Placement.Choice choose(JobNeeds needs, int waiting, Duration untilReady) {
        return placement.choose(fleet, Set.of(), request(needs), waiting, (agent, model) -> untilReady, now);
    }

    private Placement.Choice choose(Request request) {
        return placement.choose(fleet, Set.of(), request, 1, (agent, model) -> Duration.ZERO, now);
    }

    private Request request(JobNeeds needs) {
        return new Request(new RequestId("r"), needs, now, 1, Duration.ofMinutes(2));
    }
}
