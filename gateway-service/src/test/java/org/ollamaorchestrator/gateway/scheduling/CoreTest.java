package org.ollamaorchestrator.gateway.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.ollamaorchestrator.gateway.scheduling.Some.chat;
import static org.ollamaorchestrator.gateway.scheduling.Some.cold;
import static org.ollamaorchestrator.gateway.scheduling.Some.key;
import static org.ollamaorchestrator.gateway.scheduling.Some.ollamaDown;
import static org.ollamaorchestrator.gateway.scheduling.Some.show;
import static org.ollamaorchestrator.gateway.scheduling.Some.version1;
import static org.ollamaorchestrator.gateway.scheduling.Some.warm;
import static org.ollamaorchestrator.gateway.scheduling.Some.within;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

@NullMarked
class CoreTest {

    private static final JobFailure BUSY = new JobFailure.OllamaAnswered(503, null, "busy");
    private static final JobFailure NO_SLOT = new JobFailure.AgentRefused(false);
    private static final JobFailure BROKE = new JobFailure.OllamaBroke("eof");
    private static final JobFailure UNREACHABLE = new JobFailure.OllamaUnreachable("connection refused");

    private final CoreDriver core = new CoreDriver(Some.policy());

    /** Two agents with the model in memory and one slot each, and one request on the first. */
    private void placedOnOneOfTwo() {
        core.joins(warm("a", 1, "tiny"));
        core.joins(warm("b", 1, "tiny"));
        core.arrives("r", chat("tiny"));
    }

    @Nested
    class Arrival {

        @Test
        void a_request_goes_at_once_to_an_agent_with_its_model_and_a_free_slot() {
            core.joins(warm("a", 1, "other"));
            core.joins(warm("b", 1, "tiny"));

            assertThat(core.arrives("r", chat("tiny"))).containsExactly("start r-1 on b");
        }

        @Test
        void without_agents_it_ends_at_once() {
            assertThat(core.arrives("r", chat("tiny"))).containsExactly("end r: NoAgent");
        }

        @Test
        void a_model_that_nobody_has_ends_it_at_once() {
            core.joins(warm("a", 1, "other"));

            assertThat(core.arrives("r", chat("tiny"))).containsExactly("end r: NoSuchModel");
        }

        @Test
        void what_version_1_cannot_say_goes_to_version_2_or_is_refused_with_the_reason() {
            core.joins(version1("one", "tiny"));

            assertThat(core.arrives("r1", Some.withTools(chat("tiny")))).containsExactly("end r1: NotForVersion1");
            core.joins(warm("two", 1, "tiny"));
            assertThat(core.arrives("r2", Some.withTools(chat("tiny")))).containsExactly("start r2-1 on two");
        }

        @Test
        void agents_that_drain_or_whose_ollama_is_away_get_nothing() {
            core.joins(warm("a", 1, "tiny"));

            core.reports(Some.draining(warm("a", 1, "tiny")));
            assertThat(core.arrives("r1", chat("tiny"))).containsExactly("end r1: NoAgent");
            core.reports(ollamaDown(warm("a", 1, "tiny")));
            assertThat(core.arrives("r2", chat("tiny"))).containsExactly("end r2: OllamaUnreachable");
            core.reports(warm("a", 1, "tiny"));
            assertThat(core.arrives("r3", chat("tiny"))).containsExactly("start r3-1 on a");
        }

        @Test
        void a_request_that_arrives_twice_is_a_bug_of_ours() {
            placedOnOneOfTwo();

            assertThatIllegalStateException().isThrownBy(() -> core.arrives("r", chat("tiny")));
        }

        @Test
        void what_takes_no_slot_goes_past_the_queue() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("busy", chat("tiny"));
            core.arrives("waits", chat("tiny"));

            assertThat(core.arrives("s", show("tiny"))).containsExactly("start s-1 on a");
            assertThat(core.agent("a").active()).isEqualTo(1);
            assertThat(core.completes("a", "s-1")).containsExactly("end s: Completed");
        }
    }

    @Nested
    class Queue {

        @Test
        void who_finds_no_slot_waits_and_is_served_in_the_order_of_arrival() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));

            assertThat(core.arrives("r2", chat("tiny"))).isEmpty();
            assertThat(core.arrives("r3", chat("tiny"))).isEmpty();

            assertThat(core.completes("a", "r1-1")).containsExactly("end r1: Completed", "start r2-1 on a");
            assertThat(core.queue()).containsExactly("r3");
        }

        @Test
        void a_new_agent_takes_of_those_that_wait() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", chat("tiny"));

            assertThat(core.joins(warm("b", 2, "tiny"))).containsExactly("start r2-1 on b");
        }

        @Test
        void one_more_than_may_wait_is_refused_with_an_estimate() {
            var small = new CoreDriver(Some.policy(3));
            small.joins(warm("a", 1, "tiny"));
            for (int i = 1; i <= 4; i++) {
                small.arrives("r" + i, chat("tiny"));
            }

            assertThat(small.core().step(arrival("r5", chat("tiny")), Instant.EPOCH))
                    .containsExactly(new Effect.EndRequest(
                            new RequestId("r5"),
                            new JobEnd.Failed(new JobFailure.QueueFull(false, Duration.ofSeconds(40)))));
        }

        @Test
        void a_key_has_a_bound_of_its_own() {
            var share = new Share("key", 1, Priority.NORMAL, 1);
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny", share));
            core.arrives("r2", chat("tiny", share));

            assertThat(core.core().step(arrival("r3", chat("tiny", share)), Instant.EPOCH))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            Effect.EndRequest.class,
                            end -> assertThat(end.end())
                                    .isEqualTo(
                                            new JobEnd.Failed(new JobFailure.QueueFull(true, Duration.ofSeconds(20)))));
            assertThat(core.arrives("other", chat("tiny"))).isEmpty();
        }

        @Test
        void the_bytes_that_wait_are_bounded() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", Some.ofBytes(5_000, chat("tiny")));
            core.arrives("r2", Some.ofBytes(900, chat("tiny")));

            assertThat(core.arrives("r3", Some.ofBytes(200, chat("tiny")))).containsExactly("end r3: QueueFull");
        }

        @Test
        void who_waits_too_long_is_told_so() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.firstLine("r1-1");
            core.arrives("r2", chat("tiny"));

            assertThat(core.passesSeconds(119)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("end r2: WaitedTooLong");
        }

        @Test
        void a_client_that_leaves_the_queue_costs_nobody_anything() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", chat("tiny"));

            assertThat(core.leaves("r2")).containsExactly("end r2: Cancelled");
            core.completes("a", "r1-1");
            assertThat(core.core().books().areEmpty()).isTrue();
        }

        @Test
        void a_request_of_high_priority_goes_first() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("runs", chat("tiny"));
            core.arrives("normal", chat("tiny", key("k", 1, Priority.NORMAL)));
            core.arrives("high", chat("tiny", key("k", 1, Priority.HIGH)));

            assertThat(core.completes("a", "runs-1")).containsExactly("end runs: Completed", "start high-1 on a");
        }

        @Test
        void the_deadline_ends_a_request_that_waits_and_one_that_runs() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("runs", within(Duration.ofSeconds(5), chat("tiny")));
            core.arrives("waits", within(Duration.ofSeconds(4), chat("tiny")));

            assertThat(core.passesSeconds(4)).containsExactly("end waits: DeadlinePassed");
            assertThat(core.passesSeconds(1)).containsExactly("cancel runs-1 on a", "end runs: DeadlinePassed");
        }

        @Test
        void a_job_is_told_what_is_left_of_its_time() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", within(Duration.ofSeconds(10), chat("tiny")));
            core.passesSeconds(3);

            assertThat(core.core().step(ended("a", "r1-1"), Instant.EPOCH.plusSeconds(3)))
                    .contains(new Effect.StartJob(
                            new RequestId("r2"),
                            new JobId("r2-1"),
                            new AgentId("a"),
                            Optional.of(Duration.ofSeconds(7)),
                            Optional.empty()));
        }

        @Test
        void a_draining_gateway_ends_those_that_wait_and_refuses_new_ones_until_it_takes_them_again() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", chat("tiny"));

            assertThat(core.step(new CoreEvent.Draining(true))).containsExactly("end r2: GatewayDraining");
            assertThat(core.arrives("r3", chat("tiny"))).containsExactly("end r3: GatewayDraining");
            assertThat(core.completes("a", "r1-1")).containsExactly("end r1: Completed");
            core.step(new CoreEvent.Draining(false));
            assertThat(core.arrives("r4", chat("tiny"))).containsExactly("start r4-1 on a");
        }

        @Test
        void while_the_gateway_drains_a_request_that_comes_back_is_placed_at_once_or_ends() {
            placedOnOneOfTwo();
            core.arrives("s", chat("tiny"));
            core.step(new CoreEvent.Draining(true));

            assertThat(core.fails("a", "r-1", BUSY)).containsExactly("end r: OllamaAnswered");
            core.fails("b", "s-1", NO_SLOT);
            assertThat(core.waiting()).isZero();
        }
    }

    @Nested
    class Loads {

        @Test
        void a_cold_model_is_loaded_by_a_job_of_our_own_and_its_waiters_attach() {
            core.joins(cold("a", 1, "tiny"));

            assertThat(core.arrives("r1", chat("tiny"))).containsExactly("load r1-load-1 on a");
            assertThat(core.arrives("r2", chat("tiny"))).isEmpty();
            assertThat(core.completes("a", "r1-load-1")).containsExactly("start r1-1 on a");
        }

        @Test
        void a_load_of_20_s_whose_client_leaves_at_2_s_goes_on_and_the_next_client_is_served_warm() {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.passesSeconds(2);

            assertThat(core.leaves("r1")).containsExactly("end r1: Cancelled");
            assertThat(core.passesSeconds(18)).isEmpty();
            assertThat(core.completes("a", "r1-load-1")).isEmpty();
            assertThat(core.arrives("r2", chat("tiny"))).containsExactly("start r2-1 on a");
        }

        @Test
        void a_failed_load_ends_only_its_sponsor_with_ollamas_own_error() {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", chat("tiny"));

            assertThat(core.fails("a", "r1-load-1", new JobFailure.OllamaAnswered(500, null, "too large")))
                    .containsExactly("end r1: OllamaAnswered", "load r2-load-1 on a");
        }

        @Test
        void a_request_whose_load_is_refused_goes_to_ollama_as_it_is_for_ollama_to_say_why() {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.fails(
                            "a", "r-load-1", new JobFailure.OllamaAnswered(400, null, "does not support generate")))
                    .containsExactly("start r-1 on a");
        }

        @Test
        void the_slot_of_a_load_goes_to_one_that_waits_for_it_even_if_others_came_first() {
            core.joins(Some.agent("a", 1, List.of("tiny", "big"), List.of("big")));
            core.arrives("r1", chat("big"));
            core.arrives("r2", chat("tiny"));
            core.completes("a", "r1-1");
            core.arrives("r3", chat("big"));
            core.arrives("r4", chat("big"));

            assertThat(core.completes("a", "r2-load-1")).containsExactly("start r2-1 on a");
        }

        @Test
        void two_models_in_turn_on_two_agents_are_loaded_once_each() {
            core.joins(cold("a", 1, "A", "B"));
            core.joins(cold("b", 1, "A", "B"));
            var loads = new ArrayList<String>();

            for (int i = 1; i <= 20; i++) {
                String model = i % 2 == 1 ? "A" : "B";
                String agent = i % 2 == 1 ? "a" : "b";
                List<String> effects = core.arrives("r" + i, chat(model));
                if (effects.equals(List.of("load r%d-load-1 on %s".formatted(i, agent)))) {
                    loads.addAll(effects);
                    core.passesSeconds(3);
                    effects = core.completes(agent, "r%d-load-1".formatted(i));
                }
                assertThat(effects).containsExactly("start r%d-1 on %s".formatted(i, agent));
                core.passesSeconds(2);
                core.completes(agent, "r%d-1".formatted(i));
            }

            assertThat(loads).hasSize(2);
        }

        @Test
        void the_same_all_at_once() {
            core.joins(cold("a", 1, "A", "B"));
            core.joins(cold("b", 1, "A", "B"));
            core.arrives("r1", chat("A"));
            core.arrives("r2", chat("B"));
            core.arrives("r3", chat("A"));
            core.arrives("r4", chat("B"));
            core.passesSeconds(3);

            assertThat(core.completes("a", "r1-load-1")).containsExactly("start r1-1 on a");
            assertThat(core.completes("b", "r2-load-1")).containsExactly("start r2-1 on b");
            core.passesSeconds(2);
            assertThat(core.completes("b", "r2-1")).containsExactly("end r2: Completed", "start r4-1 on b");
            assertThat(core.completes("a", "r1-1")).containsExactly("end r1: Completed", "start r3-1 on a");
        }

        @Test
        void a_load_that_hangs_is_given_up_and_its_sponsor_goes_elsewhere() {
            core.joins(cold("a", 1, "tiny"));
            core.joins(cold("b", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.passesSeconds(59)).containsExactly("load r-load-2 on b");
            assertThat(core.passesSeconds(1)).containsExactly("cancel r-load-1 on a");
            assertThat(core.completes("b", "r-load-2")).containsExactly("start r-1 on b");
        }

        @Test
        void nobody_waits_for_ever_for_a_load_that_was_given_up_and_is_never_confirmed() {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r1", chat("tiny"));
            core.arrives("r2", chat("tiny"));

            assertThat(core.passesSeconds(60)).containsExactly("cancel r1-load-1 on a", "end r1: OllamaUnreachable");
            var effects = new ArrayList<String>();
            for (int i = 0; i < 12; i++) {
                core.reports(cold("a", 1, "tiny"));
                effects.addAll(core.passesSeconds(5));
            }
            assertThat(effects).containsExactly("end r2: WaitedTooLong");
        }

        @Test
        void the_time_of_a_load_is_not_held_against_the_queue() {
            var patient = new CoreDriver(new SchedulingPolicy(
                    3,
                    1_000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    2,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(300),
                    Duration.ofSeconds(20)));
            patient.joins(cold("a", 1, "tiny"));
            patient.arrives("r", chat("tiny"));

            assertThat(patient.passesSeconds(40)).isEmpty();
            assertThat(patient.completes("a", "r-load-1")).containsExactly("start r-1 on a");
        }

        @Test
        void another_context_length_is_another_load() {
            core.joins(warm("a", 1, "tiny"));

            assertThat(core.arrives("r", Some.withContext(Some.CONTEXT, chat("tiny"))))
                    .containsExactly("start r-1 on a");
            core.completes("a", "r-1");
            assertThat(core.arrives("s", Some.withContext(2 * Some.CONTEXT, chat("tiny"))))
                    .containsExactly("load s-load-1 on a");
        }

        @Test
        void a_request_that_begins_a_load_is_not_refused_for_want_of_room() {
            var full = new Share("key", 1, Priority.NORMAL, 0);
            core.joins(cold("a", 1, "tiny"));

            assertThat(core.arrives("r", chat("tiny", full))).containsExactly("load r-load-1 on a");
            assertThat(core.arrives("s", chat("tiny", full))).containsExactly("end s: QueueFull");
        }

        @Test
        void a_first_line_of_a_load_means_nothing() {
            core.joins(cold("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));
            core.firstLine("r-load-1");

            assertThat(core.passesSeconds(60)).contains("cancel r-load-1 on a");
        }

        @Test
        void a_model_that_does_not_fit_beside_a_busy_one_gets_its_turn_all_the_same() {
            AgentProfile small = Some.agent("a", 2, List.of("small", "big"), List.of("small"));
            AgentProfile big = Some.agent("a", 2, List.of("small", "big"), List.of("big"));
            core.joins(small);
            core.arrives("b", chat("big"));
            core.reports(big);
            core.completes("a", "b-load-1");
            core.completes("a", "b-1");
            core.passesSeconds(5);
            core.reports(small);
            core.arrives("s1", chat("small"));
            core.arrives("s2", chat("small"));
            core.arrives("b2", chat("big"));

            var effects = new ArrayList<String>();
            for (int i = 3; i <= 12; i++) {
                core.arrives("s" + i, chat("small"));
                core.passesSeconds(5);
                effects.addAll(core.completes("a", "s" + (i - 2) + "-1"));
            }

            assertThat(effects).contains("load b2-load-1 on a");
        }
    }

    @Nested
    class Retries {

        static List<JobFailure> failures() {
            return List.of(BUSY, UNREACHABLE, new JobFailure.AgentLost(false));
        }

        @ParameterizedTest
        @MethodSource("failures")
        void before_the_first_line_it_goes_elsewhere(JobFailure failure) {
            placedOnOneOfTwo();

            assertThat(core.fails("a", "r-1", failure)).containsExactly("start r-2 on b");
        }

        @ParameterizedTest
        @MethodSource("failures")
        void nothing_is_tried_again_after_the_first_line(JobFailure failure) {
            placedOnOneOfTwo();
            core.firstLine("r-1");

            assertThat(core.fails("a", "r-1", failure))
                    .containsExactly("end r: " + failure.getClass().getSimpleName());
        }

        @Test
        void what_no_other_agent_can_mend_ends_it() {
            placedOnOneOfTwo();

            assertThat(core.fails("a", "r-1", BROKE)).containsExactly("end r: OllamaBroke");
        }

        @Test
        void where_there_is_nobody_else_the_honest_failure_comes_at_once() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.fails("a", "r-1", BUSY)).containsExactly("end r: OllamaAnswered");
        }

        @Test
        void it_is_placed_again_at_most_twice() {
            for (String agent : List.of("a", "b", "c", "d")) {
                core.joins(warm(agent, 1, "tiny"));
            }
            core.arrives("r", chat("tiny"));
            core.fails("a", "r-1", BUSY);
            core.fails("b", "r-2", BUSY);

            assertThat(core.fails("c", "r-3", BUSY)).containsExactly("end r: OllamaAnswered");
        }

        @ParameterizedTest
        @MethodSource("failures")
        void its_next_job_tells_how_the_one_before_failed(JobFailure failure) {
            placedOnOneOfTwo();

            assertThat(core.core().step(ended("a", "r-1", failure), Instant.EPOCH))
                    .containsExactly(startAgain(failure));
        }

        @Test
        void a_refused_job_tells_that_to_the_next_one_however_much_later_it_comes() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));
            core.fails("a", "r-1", NO_SLOT);

            assertThat(core.core().step(new CoreEvent.TimePassed(), Instant.EPOCH.plusSeconds(1)))
                    .containsExactly(new Effect.StartJob(
                            new RequestId("r"),
                            new JobId("r-2"),
                            new AgentId("a"),
                            Optional.empty(),
                            Optional.of(NO_SLOT)));
        }

        @Test
        void a_job_that_leaves_an_agent_which_does_not_come_back_tells_that_it_was_lost() {
            placedOnOneOfTwo();
            core.drops("a");

            assertThat(core.core().step(new CoreEvent.TimePassed(), Instant.EPOCH.plusSeconds(2)))
                    .contains(startAgain(new JobFailure.AgentLost(false)));
        }

        private static Effect startAgain(JobFailure after) {
            return new Effect.StartJob(
                    new RequestId("r"), new JobId("r-2"), new AgentId("b"), Optional.empty(), Optional.of(after));
        }

        @Test
        void a_refusal_does_not_count_and_the_agent_is_asked_again_a_moment_later() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            for (int i = 1; i <= 10; i++) {
                assertThat(core.fails("a", "r-" + i, NO_SLOT)).isEmpty();
                assertThat(core.passesSeconds(1)).containsExactly("start r-%d on a".formatted(i + 1));
            }
        }

        @Test
        void an_agent_that_reports_is_asked_again_at_once() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));
            core.fails("a", "r-1", new JobFailure.AgentRefused(true));

            assertThat(core.reports(warm("a", 1, "tiny"))).containsExactly("start r-2 on a");
        }

        @Test
        void what_takes_no_slot_is_not_asked_of_the_same_agent_again_and_again() {
            core.joins(warm("a", 1, "tiny"));
            core.joins(warm("b", 1, "tiny"));
            core.arrives("s", show("tiny"));

            assertThat(core.fails("a", "s-1", new JobFailure.AgentRefused(true)))
                    .containsExactly("start s-2 on b");
            assertThat(core.fails("b", "s-2", new JobFailure.AgentRefused(true)))
                    .containsExactly("end s: AgentRefused");
        }

        @Test
        void a_request_that_comes_back_keeps_its_place() {
            placedOnOneOfTwo();
            core.arrives("s", chat("tiny"));
            core.arrives("t", chat("tiny"));

            core.fails("a", "r-1", BUSY);

            assertThat(core.queue()).containsExactly("r");
            assertThat(core.completes("b", "s-1")).containsExactly("end s: Completed", "start r-2 on b");
        }

        @Test
        void all_that_an_agent_lost_are_back_in_the_queue_before_anybody_is_served() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("first", chat("tiny"));
            core.arrives("second", chat("tiny"));
            core.joins(warm("b", 1, "tiny"));
            core.arrives("other", chat("tiny"));
            core.completes("b", "other-1");

            core.step(new CoreEvent.AgentLeft("1", new AgentId("a"), Optional.empty()));

            assertThat(core.queue()).containsExactly("second");
        }

        @Test
        void a_broken_protocol_is_not_tried_again() {
            placedOnOneOfTwo();

            assertThat(core.step(new CoreEvent.AgentLeft("1", new AgentId("a"), Optional.of("a malformed frame"))))
                    .containsExactly("end r: ProtocolBroken");
        }
    }

    @Nested
    class Silence {

        @Test
        void a_hanging_host_loses_its_job_to_another_and_keeps_its_slot_taken() {
            placedOnOneOfTwo();

            assertThat(core.passesSeconds(59)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("cancel r-1 on a", "start r-2 on b");
            assertThat(core.agent("a").active()).isEqualTo(1);
        }

        @Test
        void without_another_host_it_has_as_long_as_a_stalled_stream() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.passesSeconds(299)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("cancel r-1 on a", "end r: Stalled");
        }

        @Test
        void a_stream_that_stalls_is_ended_and_never_moved() {
            placedOnOneOfTwo();
            core.firstLine("r-1");

            assertThat(core.step(new CoreEvent.Stalled(new JobId("r-1"))))
                    .containsExactly("cancel r-1 on a", "end r: Stalled");
        }

        @Test
        void a_cancel_that_is_not_confirmed_makes_the_agent_unresponsive_until_it_reports() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("r", chat("tiny"));
            core.leaves("r");

            core.passesSeconds(10);

            assertThat(core.agent("a").notUsedBecause()).isPresent();
            assertThat(core.arrives("s", chat("tiny"))).containsExactly("end s: NoAgent");
            core.reports(warm("a", 2, "tiny"));
            assertThat(core.arrives("t", chat("tiny"))).containsExactly("start t-1 on a");
        }

        @Test
        void an_agent_that_an_operator_holds_ends_what_it_has_and_gets_nothing_more_even_after_a_new_connection() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.step(new CoreEvent.AgentHeld(new AgentId("a"), true)))
                    .isEmpty();

            assertThat(core.arrives("s", chat("tiny"))).containsExactly("end s: NoAgent");
            assertThat(core.completes("a", "r-1")).containsExactly("end r: Completed");
            core.goes("a");
            core.joinsOver("2", warm("a", 2, "tiny"));
            assertThat(core.arrives("t", chat("tiny"))).containsExactly("end t: NoAgent");
            core.step(new CoreEvent.AgentHeld(new AgentId("a"), false));
            assertThat(core.arrives("u", chat("tiny"))).containsExactly("start u-1 on a");
        }

        @Test
        void what_comes_while_one_agent_is_held_goes_to_the_others() {
            core.joins(warm("a", 2, "tiny"));
            core.joins(warm("b", 1, "tiny"));
            core.step(new CoreEvent.AgentHeld(new AgentId("a"), true));

            assertThat(core.arrives("r", chat("tiny"))).containsExactly("start r-1 on b");
            assertThat(core.arrives("s", chat("tiny"))).isEmpty();
            assertThat(core.completes("b", "r-1")).containsExactly("end r: Completed", "start s-1 on b");
        }

        @Test
        void version_1_knows_no_cancel_so_it_has_all_the_time_it_needs() {
            core.joins(version1("a", "tiny"));
            core.arrives("r", chat("tiny"));
            core.leaves("r");

            assertThat(core.core().wakeAt()).isEmpty();
            assertThat(core.agent("a").active()).isEqualTo(1);
        }

        @Test
        void an_agent_whose_ollama_is_away_for_5_s_loses_what_has_no_line() {
            placedOnOneOfTwo();
            core.reports(ollamaDown(warm("a", 1, "tiny")));

            assertThat(core.passesSeconds(4)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("cancel r-1 on a", "start r-2 on b");
        }

        @Test
        void with_nobody_else_it_ends_then_and_one_that_streams_goes_on() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("streams", chat("tiny"));
            core.firstLine("streams-1");
            core.arrives("r", chat("tiny"));
            core.reports(ollamaDown(warm("a", 2, "tiny")));

            assertThat(core.passesSeconds(5)).containsExactly("cancel r-1 on a", "end r: OllamaUnreachable");
        }

        @Test
        void an_ollama_that_comes_back_in_time_keeps_its_jobs() {
            placedOnOneOfTwo();
            core.reports(ollamaDown(warm("a", 1, "tiny")));
            core.passesSeconds(4);
            core.reports(warm("a", 1, "tiny"));

            assertThat(core.passesSeconds(20)).isEmpty();
        }

        @Test
        void an_ollama_that_stays_away_does_not_get_a_new_grace_with_each_report() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));
            core.arrives("waits", chat("tiny"));
            core.reports(ollamaDown(warm("a", 1, "tiny")));
            assertThat(core.passesSeconds(5)).contains("end waits: OllamaUnreachable");

            core.reports(ollamaDown(warm("a", 1, "tiny")));

            assertThat(core.core().books().alarms()).isEqualTo(1);
        }
    }

    @Nested
    class Drops {

        @Test
        void a_dropped_agent_that_is_back_at_once_goes_on_with_all_that_it_lists() {
            placedOnOneOfTwo();
            core.drops("a");

            assertThat(core.joinsOver("2", warm("a", 1, "tiny"), "r-1")).containsExactly("resume r-1 on a");
        }

        @Test
        void what_has_no_line_after_2_s_goes_elsewhere_and_is_cancelled_when_the_agent_is_back() {
            placedOnOneOfTwo();
            core.drops("a");

            assertThat(core.passesSeconds(1)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("cancel r-1 on a", "start r-2 on b");
            assertThat(core.joinsOver("2", warm("a", 1, "tiny"), "r-1")).containsExactly("cancel r-1 on a");
        }

        @Test
        void a_cancel_repeated_to_an_agent_that_is_back_is_to_be_confirmed_in_time_as_well() {
            placedOnOneOfTwo();
            core.drops("a");
            core.passesSeconds(15);
            core.joinsOver("2", warm("a", 1, "tiny"), "r-1");

            core.passesSeconds(10);

            assertThat(core.agent("a").notUsedBecause()).isPresent();
        }

        @Test
        void a_stream_waits_for_its_agent_as_long_as_the_resume_window() {
            placedOnOneOfTwo();
            core.firstLine("r-1");
            core.drops("a");

            assertThat(core.passesSeconds(19)).isEmpty();
            assertThat(core.passesSeconds(1)).containsExactly("end r: AgentLost");
        }

        @Test
        void each_listed_job_has_one_answer_and_what_is_not_listed_is_lost() {
            core.joins(warm("a", 3, "tiny"));
            core.arrives("kept", chat("tiny"));
            core.arrives("left", chat("tiny"));
            core.arrives("lost", chat("tiny"));
            core.firstLine("lost-1");
            core.drops("a");
            core.leaves("left");

            assertThat(core.joinsOver("2", warm("a", 3, "tiny"), "kept-1", "left-1", "unknown"))
                    .containsExactly(
                            "end lost: AgentLost", "resume kept-1 on a", "cancel left-1 on a", "cancel unknown on a");
        }

        @Test
        void a_new_connection_may_come_before_the_old_one_is_known_to_be_gone() {
            placedOnOneOfTwo();

            assertThat(core.joinsOver("2", warm("a", 1, "tiny"), "r-1")).containsExactly("resume r-1 on a");
            assertThat(core.drops("a")).isEmpty();
            assertThat(core.goes("a")).isEmpty();
            assertThat(core.agent("a").notUsedBecause()).isEmpty();
        }

        @Test
        void nothing_new_goes_to_an_agent_whose_connection_dropped_and_new_requests_wait_for_it() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("r", chat("tiny"));
            core.firstLine("r-1");
            core.drops("a");

            assertThat(core.arrives("s", chat("tiny"))).isEmpty();
            assertThat(core.joinsOver("2", warm("a", 2, "tiny"), "r-1"))
                    .containsExactly("resume r-1 on a", "start s-1 on a");
        }

        @Test
        void an_agent_without_jobs_is_gone_when_it_drops() {
            core.joins(warm("a", 1, "tiny"));
            core.drops("a");

            assertThat(core.core().view().agents()).isEmpty();
            assertThat(core.core().books().areEmpty()).isTrue();
        }

        @Test
        void a_restarted_agent_loses_its_jobs_to_others() {
            placedOnOneOfTwo();

            assertThat(core.joinsOver("2", warm("a", 1, "tiny"))).containsExactly("start r-2 on b");
        }
    }

    @Nested
    class Breaker {

        private void failThreeTimesInARow() {
            for (int i = 1; i <= 3; i++) {
                core.passesSeconds(1);
                core.arrives("f" + i, chat("only-a"));
                core.fails("a", "f" + i + "-1", UNREACHABLE);
            }
        }

        @Test
        void an_agent_that_fails_three_times_in_a_row_is_put_behind_the_others() {
            core.joins(warm("a", 4, "tiny", "only-a"));
            core.joins(warm("b", 4, "tiny"));
            failThreeTimesInARow();

            for (int i = 1; i <= 4; i++) {
                assertThat(core.arrives("r" + i, chat("tiny"))).containsExactly("start r" + i + "-1 on b");
            }
        }

        @Test
        void it_is_still_used_if_there_is_nobody_else() {
            core.joins(warm("a", 4, "only-a"));
            failThreeTimesInARow();

            assertThat(core.arrives("r", chat("only-a"))).containsExactly("start r-1 on a");
        }

        @Test
        void on_probation_it_gets_one_job_and_all_its_slots_with_the_first_line() {
            core.joins(warm("a", 4, "only-a"));
            failThreeTimesInARow();
            core.passesSeconds(5);
            core.arrives("r", chat("only-a"));

            assertThat(core.arrives("s", chat("only-a"))).isEmpty();
            assertThat(core.firstLine("r-1")).containsExactly("start s-1 on a");
            assertThat(core.arrives("t", chat("only-a"))).containsExactly("start t-1 on a");
        }

        @Test
        void an_agent_that_streams_is_never_put_aside() {
            core.joins(warm("a", 4, "tiny", "only-a"));
            core.arrives("streams", chat("tiny"));
            core.firstLine("streams-1");

            failThreeTimesInARow();

            assertThat(core.agent("a").aside()).isFalse();
        }

        @Test
        void what_fails_at_one_moment_counts_once() {
            core.joins(warm("a", 4, "tiny"));
            for (int i = 1; i <= 4; i++) {
                core.arrives("r" + i, chat("tiny"));
            }

            core.joinsOver("2", warm("a", 4, "tiny"));

            assertThat(core.agent("a").aside()).isFalse();
        }
    }

    @Nested
    class Slots {

        @Test
        void a_client_that_leaves_has_its_end_at_once_and_its_slot_stays_taken_until_the_agent_confirms() {
            core.joins(warm("a", 1, "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.leaves("r")).containsExactly("cancel r-1 on a", "end r: Cancelled");
            assertThat(core.arrives("s", chat("tiny"))).isEmpty();
            assertThat(core.fails("a", "r-1", new JobFailure.Cancelled())).containsExactly("start s-1 on a");
        }

        @Test
        void version_1_tells_apart_that_its_slot_is_free() {
            core.joins(version1("a", "tiny"));
            core.arrives("r", chat("tiny"));

            assertThat(core.step(
                            new CoreEvent.JobEnded(new AgentId("a"), new JobId("r-1"), new JobEnd.Completed(), false)))
                    .containsExactly("end r: Completed");
            assertThat(core.arrives("s", chat("tiny"))).isEmpty();
            assertThat(core.step(new CoreEvent.SlotFreed(new AgentId("a"), new JobId("r-1"))))
                    .containsExactly("start s-1 on a");
        }

        @Test
        void what_another_agent_says_of_a_job_means_nothing() {
            placedOnOneOfTwo();

            assertThat(core.completes("b", "r-1")).isEmpty();
            assertThat(core.agent("a").active()).isEqualTo(1);
        }

        @Test
        void fewer_slots_than_jobs_is_something_that_an_agent_may_report() {
            core.joins(warm("a", 2, "tiny"));
            core.arrives("r", chat("tiny"));
            core.arrives("s", chat("tiny"));
            core.reports(warm("a", 1, "tiny"));

            core.arrives("t", chat("tiny"));
            assertThat(core.completes("a", "r-1")).containsExactly("end r: Completed");
            assertThat(core.completes("a", "s-1")).containsExactly("end s: Completed", "start t-1 on a");
        }
    }

    private static CoreEvent arrival(String request, JobNeeds needs) {
        return new CoreEvent.RequestArrived(new RequestId(request), needs);
    }

    private static CoreEvent ended(String agent, String job, JobFailure failure) {
        return new CoreEvent.JobEnded(new AgentId(agent), new JobId(job), new JobEnd.Failed(failure), true);
    }

    private static CoreEvent ended(String agent, String job) {
        return new CoreEvent.JobEnded(new AgentId(agent), new JobId(job), new JobEnd.Completed(), true);
    }
}
