package org.ollamaorchestrator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.agent.FakeGateway.Connection;
import org.ollamaorchestrator.agent.connection.LinkState;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Resuming;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.Drain;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.Resume;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.simulator.Outcome;
import org.ollamaorchestrator.simulator.Phase;
import org.ollamaorchestrator.simulator.Script;

/** What becomes of an agent's jobs when its connection drops. */
@QuarkusTest
class AgentResumeTest extends AgentGround {

    /** Longer than any test waits: nothing is given up by time. */
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final int MB = 1024 * 1024;
    private static final JobId J1 = new JobId("j1");

    AgentResumeTest() {
        // Each test leaves jobs behind that no gateway asks for again.
        drainTimeout = Duration.ofMillis(200);
    }

    @Test
    void a_connection_that_is_cut_ten_times_in_mid_stream_costs_no_line() {
        // At most 60 lines can come between two cuts.
        int tokens = 1_000;
        int windowLines = 20;
        ollama.enqueue(Script.builder().count(tokens).paceMs(1).build());
        AnswersSeen seen = new AnswersSeen(windowLines, MB);
        AtomicInteger cuts = new AtomicInteger();
        AtomicInteger chunks = new AtomicInteger();
        try (FakeGateway gateway = FakeGateway.resuming(LONG, windowLines, MB)) {
            gateway.onHeard((connection, message) -> {
                if (message instanceof Chunk && chunks.incrementAndGet() % 3 == 0 && cuts.get() < 10) {
                    // This chunk is lost with the connection.
                    cuts.incrementAndGet();
                    connection.cut();
                } else {
                    resumeAndAcknowledge(connection, message, seen);
                }
            });
            start(gateway, 1);
            gateway.registered(1).chat("j1", CHAT);

            await().atMost(BOUND).until(() -> seen.ended(J1));

            assertThat(cuts).hasValue(10);
            assertThat(seen.mistakes()).isEmpty();
            assertExact(seen.lines(J1), tokens);
            assertThat(requests("/api/chat")).hasSize(1);
            assertThat(gateway.connections()).isEqualTo(11);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20_261_122, 20_261_123, 20_261_124})
    void wherever_connections_are_cut_and_however_small_the_window_each_answer_is_exact(long seed) {
        Random random = new Random(seed);
        int windowLines = 1 + random.nextInt(60);
        int windowBytes = 200 + random.nextInt(200_000);
        int cutsMax = 8;
        AnswersSeen seen = new AnswersSeen(windowLines, windowBytes);
        AtomicInteger cuts = new AtomicInteger();
        AtomicBoolean armed = new AtomicBoolean();
        AtomicInteger untilCut = new AtomicInteger(5 + random.nextInt(30));
        List<JobId> jobs = new ArrayList<>();
        List<Integer> tokens = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            jobs.add(new JobId("j" + i));
            tokens.add(50 + random.nextInt(200));
        }
        try (FakeGateway gateway = FakeGateway.resuming(LONG, windowLines, windowBytes)) {
            gateway.onHeard((connection, message) -> {
                if (armed.get()
                        && !(message instanceof Status)
                        && untilCut.decrementAndGet() == 0
                        && cuts.get() < cutsMax) {
                    cuts.incrementAndGet();
                    untilCut.set(2 + random.nextInt(30));
                    if (random.nextBoolean()) {
                        // Received, but neither acknowledged nor anything else.
                        seen.see(message);
                    }
                    connection.cut();
                } else {
                    resumeAndAcknowledge(connection, message, seen);
                }
            });
            start(gateway, 3);
            Connection first = gateway.registered(1);
            for (int i = 0; i < jobs.size(); i++) {
                ollama.enqueue(Script.builder()
                        .count(tokens.get(i))
                        .paceMs(1 + random.nextInt(2))
                        .firstTokenMs(100)
                        .lineBytes(random.nextBoolean() ? 0 : 150_000)
                        .build());
                int number = i;
                first.chat(jobs.get(i).value(), CHAT);
                await().atMost(BOUND).until(() -> requests("/api/chat").size() == number + 1);
            }
            armed.set(true);

            await().atMost(BOUND)
                    .untilAsserted(() -> assertThat(jobs)
                            .as("seed %d, %d cuts, mistakes %s", seed, cuts.get(), seen.mistakes())
                            .allMatch(seen::ended));

            assertThat(seen.mistakes()).as("seed %d", seed).isEmpty();
            for (int i = 0; i < jobs.size(); i++) {
                assertExact(seen.lines(jobs.get(i)), tokens.get(i));
            }
            assertThat(cuts.get()).as("seed %d", seed).isPositive();
        }
    }

    @Test
    void an_end_that_is_lost_in_the_drop_is_sent_again_until_it_is_acknowledged() {
        ollama.enqueue(Script.saying("a", "b"));
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            gateway.onHeard((connection, message) -> {
                if (message instanceof JobComplete && gateway.connections() == 1) {
                    connection.cut();
                }
            });
            start(gateway, 1);
            gateway.registered(1).chat("j1", CHAT);

            Connection second = gateway.registered(2);
            assertThat(resuming(second)).containsExactly(new Resuming(J1, 3));
            second.say(new Resume(J1, 3));
            assertThat(second.completed("j1").lastSeq()).isEqualTo(3);
            assertThat(second.lines("j1")).isEmpty();
            second.say(new Ack(J1, 3));
            second.cut();
            Connection third = gateway.registered(3);
            assertThat(resuming(third)).as("only the lines were acknowledged").containsExactly(new Resuming(J1, 3));
            third.say(new Resume(J1, 3));
            third.completed("j1");
            third.say(new Ack(J1, 4));
            third.cut();

            assertThat(resuming(gateway.registered(4))).isEmpty();
        }
    }

    @Test
    void an_ended_job_has_no_slot_while_its_end_waits_to_be_acknowledged() {
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection connection = gateway.registered(1);
            connection.chat("j1", CHAT);
            connection.completed("j1");

            connection.chat("j2", CHAT);

            connection.completed("j2");
            connection.cut();
            assertThat(resuming(gateway.registered(2)))
                    .extracting(Resuming::jobId)
                    .containsExactly(J1, new JobId("j2"));
        }
    }

    @Test
    void of_ended_jobs_that_nobody_acknowledges_only_the_last_are_kept() {
        int jobs = 300;
        AtomicInteger ended = new AtomicInteger();
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            gateway.onHeard((connection, message) -> {
                if (message instanceof JobComplete && ended.incrementAndGet() < jobs) {
                    connection.chat("j" + (ended.get() + 1), CHAT);
                }
            });
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            await().atMost(BOUND).until(() -> ended.get() == jobs);
            assertThat(first.heard(JobError.class)).isEmpty();
            first.cut();

            List<Resuming> listed = resuming(gateway.registered(2));

            assertThat(listed).extracting(Resuming::jobId).doesNotContain(J1).contains(new JobId("j" + jobs));
            assertThat(listed).hasSize(256);
        }
    }

    @Test
    void a_failure_is_kept_as_well() {
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT.replace("simulated", "nope"));
            first.failed("j1");
            first.cut();

            Connection second = gateway.registered(2);
            assertThat(resuming(second)).containsExactly(new Resuming(J1, 0));
            second.say(new Resume(J1, 0));

            assertThat(second.failed("j1")).isEqualTo(first.failed("j1"));
        }
    }

    @Test
    void a_resumed_job_minds_its_window_and_its_acknowledgements() {
        ollama.enqueue(Script.builder().count(50).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 10, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            await().atMost(BOUND).until(() -> first.lines("j1").size() == 10);
            first.cut();

            Connection second = gateway.registered(2);
            assertThat(resuming(second)).containsExactly(new Resuming(J1, 10));
            second.say(new Resume(J1, 7));
            await().atMost(BOUND).until(() -> linesOf(second) == 3);
            second.say(new Ack(J1, 4));
            await().atMost(BOUND).until(() -> linesOf(second) == 7);
            second.say(new Ack(J1, 14));
            await().atMost(BOUND).until(() -> linesOf(second) == 17);

            assertThat(second.heard(Chunk.class).getFirst().seq()).isEqualTo(8);
        }
    }

    @Test
    void no_line_of_a_listed_job_comes_before_its_resume_and_new_jobs_run_meanwhile() {
        ollama.enqueue(Script.builder().count(100).paceMs(5).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 2);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            await().atMost(BOUND).until(() -> !first.lines("j1").isEmpty());
            first.cut();
            int received = first.lines("j1").size();

            Connection second = gateway.registered(2);
            ollama.awaitRequest(seen -> seen.tokensSent() == 100, BOUND);
            second.chat("j2", CHAT);
            second.completed("j2");
            assertThat(second.lines("j1")).isEmpty();
            second.say(new Resume(J1, received));

            assertThat(second.completed("j1").lastSeq()).isEqualTo(101);
            assertThat(linesOf(second)).isEqualTo(101 - received);
        }
    }

    @Test
    void a_listed_job_that_runs_keeps_its_slot() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);
            first.cut();

            Connection second = gateway.registered(2);
            second.chat("j2", CHAT);

            assertThat(second.failed("j2").code()).isEqualTo("no_slot");
            second.awaitOne(Status.class, status -> Integer.valueOf(1).equals(status.active()));
        }
    }

    @Test
    void a_gateway_that_cancels_a_listed_job_gets_its_end_and_the_slot_is_free() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);
            first.cut();

            Connection second = gateway.registered(2);
            second.say(new Cancel(J1));

            assertThat(second.failed("j1").code()).isEqualTo("cancelled");
            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            second.chat("j2", CHAT);
            second.completed("j2");
            second.cut();
            assertThat(resuming(gateway.registered(3)))
                    .extracting(Resuming::jobId)
                    .containsExactly(new JobId("j2"));
        }
    }

    @Test
    void a_cancel_forgets_an_ended_job_and_is_answered_only_if_its_end_was_not_told_on_this_connection() {
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            first.completed("j1");
            first.chat("j2", CHAT);
            first.completed("j2");

            first.say(new Cancel(J1));
            first.say(new Cancel(new JobId("never")));
            first.failed("never");
            first.cut();
            Connection second = gateway.registered(2);
            assertThat(resuming(second)).extracting(Resuming::jobId).containsExactly(new JobId("j2"));
            second.say(new Cancel(new JobId("j2")));

            assertThat(first.heard(JobError.class)).hasSize(1);
            assertThat(second.failed("j2").code()).isEqualTo("cancelled");
            second.cut();
            assertThat(resuming(gateway.registered(3))).isEmpty();
        }
    }

    @Test
    void another_gateways_jobs_end_at_ollama_at_once() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);

            gateway.welcomeWith(FakeGateway.resumingWelcome("g2", LONG, 256, MB));
            first.cut();

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            Connection second = gateway.registered(2);
            assertThat(resuming(second)).isEmpty();
            // The slot is free when the call of Ollama is closed, which the agent tells.
            second.awaitOne(Status.class, status -> Integer.valueOf(0).equals(status.active()));
            second.chat("j2", CHAT);
            second.completed("j2");
        }
    }

    @Test
    void a_job_of_a_gateway_that_does_not_come_back_ends_at_ollama_when_the_window_has_passed() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(Duration.ofMillis(200), 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);

            gateway.stopListening();
            first.cut();

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            gateway.listenAgain();
            Connection second = gateway.registered(2);
            assertThat(resuming(second)).isEmpty();
            second.chat("j2", CHAT);
            second.completed("j2");
        }
    }

    @Test
    void a_listed_job_that_the_gateway_says_nothing_about_ends_when_the_window_has_passed() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(Duration.ofSeconds(1), 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);
            first.cut();

            Connection second = gateway.registered(2);

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            second.say(new Resume(J1, 0));
            assertThat(second.failed("j1").code()).isEqualTo("ollama_error");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1003, 1007, 1008, 1012, 4001, 4003, 4401})
    void nothing_is_kept_after_a_close_that_no_gateway_resumes_after(int code) {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);

            first.close(code);

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            assertThat(resuming(gateway.registered(2))).isEmpty();
        }
    }

    @Test
    void a_job_whose_request_was_cut_off_is_not_listed_and_has_no_slot() {
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.say(new OllamaJob(J1, new ModelName("simulated"), "chat", null, 2, null, null));
            first.say(new JobPart(J1, 0, CHAT.substring(0, 20)));
            first.awaitOne(Status.class, status -> Integer.valueOf(1).equals(status.active()));
            first.cut();

            Connection second = gateway.registered(2);
            assertThat(resuming(second)).isEmpty();
            second.chat("j2", CHAT);

            second.completed("j2");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 9})
    void a_resume_that_does_not_fit_what_is_kept_ends_the_job(long afterSeq) {
        ollama.enqueue(Script.builder().count(100_000).paceMs(1).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 4, MB)) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            await().atMost(BOUND).until(() -> first.lines("j1").size() == 4);
            first.say(new Ack(J1, 4));
            await().atMost(BOUND).until(() -> first.lines("j1").size() == 8);
            first.cut();

            Connection second = gateway.registered(2);
            second.say(new Resume(J1, afterSeq));

            assertThat(second.failed("j1").code()).isEqualTo("ollama_error");
            assertThat(second.heard(Chunk.class)).isEmpty();
            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
        }
    }

    @Test
    void a_gateway_of_version_1_finds_nothing_of_before() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.ofVersion1()) {
            start(gateway, 1);
            Connection first = gateway.registered(1);
            first.say(new PromptJob(J1, new ModelName("simulated"), "Hi", null));
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);

            first.cut();

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            Connection second = gateway.registered(2);
            second.say(new PromptJob(new JobId("j2"), new ModelName("simulated"), "Hi", null));
            second.completed("j2");
        }
    }

    @Test
    void an_agent_that_is_stopped_while_its_connection_is_away_comes_back_to_tell_what_it_has() {
        ollama.enqueue(Script.builder().tokens("a", "b").firstTokenMs(100).build());
        drainTimeout = BOUND;
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            Agent agent = start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.path().equals("/api/chat"), BOUND);
            gateway.stopListening();
            first.cut();
            ollama.awaitRequest(seen -> seen.path().equals("/api/chat") && seen.ended(), BOUND);

            var stopped = agent.stop();
            gateway.listenAgain();
            Connection second = gateway.registered(2);
            assertThat(stopped).isNotDone();
            second.awaitOne(Status.class, status -> Boolean.TRUE.equals(status.draining()));
            second.say(new Resume(J1, 0));

            assertThat(second.completed("j1").lastSeq()).isEqualTo(3);
            assertThat(second.closeCode()).isEqualTo(1001);
            await().atMost(BOUND).until(stopped::isDone);
        }
    }

    @Test
    void a_draining_gateway_is_found_again_at_once_if_it_was_owed_something_and_left_alone_if_not() {
        ollama.enqueue(Script.builder().tokens("a").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.resuming(LONG, 256, MB)) {
            Agent agent = start(gateway, 1);
            Connection first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.path().equals("/api/chat"), BOUND);
            first.say(new Drain(600_000));
            first.chat("j2", CHAT);
            first.failed("j2");
            first.cut();

            Connection second = gateway.registered(2);
            second.say(new Resume(J1, 0));
            second.completed("j1");
            second.say(new Drain(600_000));

            assertThat(second.closeCode()).isEqualTo(1000);
            await().atMost(BOUND)
                    .until(() -> agent.linkState() instanceof LinkState.Waiting(Duration delay, String why)
                            && delay.equals(Duration.ofMinutes(10)));
        }
    }

    private static void resumeAndAcknowledge(Connection connection, AgentMessage message, AnswersSeen seen) {
        seen.see(message);
        switch (message) {
            case RegisterV2 register ->
                register.resuming().forEach(listed -> {
                    long received = seen.received(listed.jobId());
                    connection.say(new Resume(listed.jobId(), received));
                    // What was acknowledged before may have been lost with the connection.
                    acknowledge(connection, listed.jobId(), received, seen);
                });
            case Chunk chunk ->
                acknowledge(connection, chunk.jobId(), seen.lines(chunk.jobId()).size(), seen);
            case JobComplete(JobId id, Long lastSeq) -> {
                assertThat(lastSeq).isNotNull();
                connection.say(new Ack(id, lastSeq + 1));
            }
            default -> {}
        }
    }

    private static void acknowledge(Connection connection, JobId id, long seq, AnswersSeen seen) {
        seen.acked(id, seq);
        connection.say(new Ack(id, seq));
    }

    private static void assertExact(List<String> lines, int tokens) {
        assertThat(lines).hasSize(tokens + 1);
        for (int i = 0; i < tokens; i++) {
            assertThat(lines.get(i)).contains("\"content\":\"" + i + " ");
        }
        assertThat(lines.getLast()).contains("\"done\":true");
    }

    private static List<Resuming> resuming(Connection connection) {
        return connection.heard(RegisterV2.class).getFirst().resuming();
    }

    /** How many lines this connection brought, wherever they began. */
    private static int linesOf(Connection connection) {
        return connection.heard(AgentMessage.Lines.class).stream()
                .filter(chunk -> chunk.jobId().equals(J1))
                .mapToInt(chunk -> chunk.lines().size())
                .sum();
    }
}
