package org.ollamaorchestrator.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.gateway.agents.LineSource;
import org.ollamaorchestrator.gateway.agents.ProtocolViolation;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

@NullMarked
class JobStreamTest {

    private static final JobId JOB = new JobId("j");
    private static final int WINDOW_LINES = 8;
    private static final int WINDOW_BYTES = 1000;

    private final FakeClient client = new FakeClient();
    private final List<Long> acknowledged = new ArrayList<>();
    private final List<String> cancels = new ArrayList<>();
    private final JobStream stream = new JobStream(client, new Hears(), WINDOW_LINES, WINDOW_BYTES);
    private int fullWindows;
    private int ends;

    private final class Hears implements JobStream.Owner {
        @Override
        public void cancelled() {
            cancels.add("cancelled");
        }

        @Override
        public void over(JobStream stream) {
            ends++;
        }

        @Override
        public void windowFull() {
            fullWindows++;
        }
    }

    /** A client's event loop that a test turns by hand. */
    private static final class FakeClient implements Client {

        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean turning;
        private String answeredBy = "nobody";
        private int aborts;

        @Override
        public String requestId() {
            return "r";
        }

        @Override
        public String dialect() {
            return "d";
        }

        @Override
        public Optional<String> traceparent() {
            return Optional.empty();
        }

        @Override
        public void answeredBy(String agentName) {
            answeredBy = agentName;
        }

        @Override
        public void onEventLoop(Runnable task) {
            if (turning) {
                task.run();
            } else {
                tasks.add(task);
            }
        }

        void turn() {
            turning = true;
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            turning = false;
        }

        @Override
        public void abort() {
            aborts++;
        }
    }

    private final LineSource agent = new LineSource() {
        @Override
        public String agentName() {
            return "box";
        }

        @Override
        public void acknowledge(JobId job, long seq) {
            acknowledged.add(seq);
        }
    };

    JobStreamTest() {
        stream.attach(JOB, agent);
    }

    @Test
    void nothing_is_handed_over_without_demand_and_then_all_that_waits_at_once() {
        AssertSubscriber<StreamItem> subscriber = subscribed(0);
        accept(1, "a");
        accept(2, "b", "c");
        client.turn();
        subscriber.assertHasNotReceivedAnyItem();

        request(subscriber, 1);

        subscriber.assertItems(lines("a", "b", "c"));
    }

    @Test
    void the_first_line_is_told_once() {
        assertThat(stream.accept(agent, new Lines(JOB, 1, List.of("a")))).isTrue();
        assertThat(stream.accept(agent, new Lines(JOB, 2, List.of("b")))).isFalse();
    }

    @Test
    void the_client_learns_who_answers_with_the_first_line() {
        assertThat(client.answeredBy).isEqualTo("nobody");

        accept(1, "a");

        assertThat(client.answeredBy).isEqualTo("box");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 100})
    void a_line_that_is_missing_or_twice_breaks_the_protocol(long seq) {
        accept(1, "a");

        assertThatThrownBy(() -> accept(seq, "x")).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void a_long_line_is_put_together_from_its_parts() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);

        assertThat(stream.accept(agent, new LinePart(JOB, 1, 0, true, "a"))).isFalse();
        assertThat(stream.accept(agent, new LinePart(JOB, 1, 1, true, "b"))).isFalse();
        assertThat(stream.accept(agent, new LinePart(JOB, 1, 2, false, "c"))).isTrue();
        client.turn();

        subscriber.assertItems(lines("abc"));
    }

    @Test
    void parts_out_of_order_or_unfinished_break_the_protocol() {
        assertThatThrownBy(() -> stream.accept(agent, new LinePart(JOB, 1, 1, true, "a")))
                .isInstanceOf(ProtocolViolation.class);
        assertThat(stream.accept(agent, new LinePart(JOB, 1, 0, true, "a"))).isFalse();
        assertThatThrownBy(() -> accept(1, "x")).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void what_the_client_takes_is_acknowledged_each_quarter_of_the_window() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        accept(1, "a");
        client.turn();
        request(subscriber, 1);
        assertThat(acknowledged).isEmpty();

        accept(2, "b");
        client.turn();
        request(subscriber, 1);

        assertThat(acknowledged).containsExactly(2L);
    }

    @Test
    void what_was_handed_over_is_not_acknowledged_before_new_demand_says_that_it_was_taken() {
        subscribed(1);
        accept(1, "a", "b", "c", "d");
        client.turn();

        stream.acknowledgeTaken(Duration.ZERO);
        client.turn();

        assertThat(acknowledged).isEmpty();
    }

    @Test
    void who_asks_for_everything_takes_everything_at_once() {
        AssertSubscriber<StreamItem> subscriber = subscribed(Long.MAX_VALUE);

        for (int i = 1; i <= 5 * WINDOW_LINES; i++) {
            accept(i, "x");
            client.turn();
        }

        assertThat(subscriber.getItems()).hasSize(5 * WINDOW_LINES);
        assertThat(stream.stalledFor()).isZero();
    }

    @Test
    void a_silence_is_told_as_an_empty_item_and_only_where_there_is_demand() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);

        stream.fillSilence(Duration.ofHours(1), Duration.ZERO);
        client.turn();
        subscriber.assertHasNotReceivedAnyItem();
        stream.fillSilence(Duration.ZERO, Duration.ofHours(1));
        stream.fillSilence(Duration.ZERO, Duration.ZERO);
        client.turn();
        subscriber.assertItems(new StreamItem.Silence());

        request(subscriber, 1);
        stream.fillSilence(Duration.ZERO, Duration.ZERO);
        client.turn();
        subscriber.assertItems(new StreamItem.Silence(), new StreamItem.Silence());
    }

    @Test
    void little_is_acknowledged_too_when_somebody_asks_for_it() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        accept(1, "a");
        client.turn();
        request(subscriber, 1);

        stream.acknowledgeTaken(Duration.ZERO);
        client.turn();
        stream.acknowledgeTaken(Duration.ZERO);
        client.turn();

        assertThat(acknowledged).containsExactly(1L);
    }

    @Test
    void an_agent_whose_lines_come_is_not_told_of_each_that_was_taken() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        accept(1, "a");
        client.turn();
        request(subscriber, 1);

        stream.acknowledgeTaken(Duration.ofHours(1));
        client.turn();

        assertThat(acknowledged).isEmpty();
    }

    @Test
    void more_lines_than_the_window_are_refused() {
        for (int i = 1; i <= WINDOW_LINES; i++) {
            accept(i, "x");
        }

        assertThatThrownBy(() -> accept(WINDOW_LINES + 1, "x")).isInstanceOf(JobStream.WindowExceeded.class);
    }

    @Test
    void a_full_window_is_told_once_until_something_is_acknowledged() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        for (int i = 1; i < WINDOW_LINES; i++) {
            accept(i, "x");
        }
        assertThat(fullWindows).isZero();
        accept(WINDOW_LINES, "x");
        assertThat(fullWindows).isEqualTo(1);
        client.turn();
        request(subscriber, 1);
        assertThat(acknowledged).isNotEmpty();

        for (int i = 1; i <= WINDOW_LINES; i++) {
            accept(WINDOW_LINES + i, "x");
        }

        assertThat(fullWindows).isEqualTo(2);
    }

    @Test
    void a_window_is_full_too_when_another_line_of_that_length_would_not_fit() {
        String line = "x".repeat(WINDOW_BYTES / 4);
        accept(1, line);
        accept(2, line);
        accept(3, line);
        assertThat(fullWindows).isZero();

        accept(4, line);

        assertThat(fullWindows).isEqualTo(1);
    }

    @Test
    void a_client_is_dropped_once_however_often_that_is_asked_for() {
        assertThat(stream.drop()).isTrue();
        assertThat(stream.drop()).isFalse();

        assertThat(client.aborts).isPositive();
    }

    @Test
    void one_line_may_be_longer_than_the_window_and_nothing_may_follow_it() {
        accept(1, "x".repeat(WINDOW_BYTES * 3));

        assertThatThrownBy(() -> accept(2, "x")).isInstanceOf(JobStream.WindowExceeded.class);
    }

    @Test
    void a_whole_answer_completes_after_its_last_line() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        accept(1, "a", "b");
        stream.end(new JobEnd.Completed());
        client.turn();

        subscriber.assertItems(lines("a", "b")).assertCompleted();
    }

    @Test
    void a_failure_comes_after_the_lines_before_it() {
        AssertSubscriber<StreamItem> subscriber = subscribed(0);
        accept(1, "a");
        stream.end(new JobEnd.Failed(new JobFailure.OllamaBroke("eof")));
        client.turn();
        assertThat(subscriber.getFailure()).isNull();

        request(subscriber, 1);

        subscriber.assertItems(lines("a")).assertFailedWith(JobFailedException.class, "eof");
    }

    @Test
    void an_end_needs_no_demand() {
        AssertSubscriber<StreamItem> subscriber = subscribed(0);
        stream.end(new JobEnd.Failed(new JobFailure.NoAgent()));
        client.turn();

        subscriber.assertFailedWith(JobFailedException.class);
    }

    @Test
    void a_client_that_leaves_is_told_once_and_gets_nothing_more() {
        AssertSubscriber<StreamItem> subscriber = subscribed(5);
        accept(1, "a");
        client.turn();

        subscriber.cancel();
        client.turn();
        accept(2, "b");
        stream.end(new JobEnd.Completed());
        client.turn();

        assertThat(cancels).containsExactly("cancelled");
        assertThat(ends).isEqualTo(1);
        subscriber.assertItems(lines("a")).assertNotTerminated();
    }

    @Test
    void a_client_that_has_not_taken_its_end_is_still_owed_something() {
        subscribed(1);
        accept(1, "a");
        client.turn();

        stream.end(new JobEnd.Completed());

        assertThat(ends).isZero();
        client.turn();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void leaving_after_the_end_is_nothing_new() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        stream.end(new JobEnd.Completed());
        client.turn();

        subscriber.cancel();
        client.turn();

        assertThat(cancels).isEmpty();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void it_stalls_only_while_the_connection_has_not_taken_what_it_was_given() {
        AssertSubscriber<StreamItem> subscriber = subscribed(1);
        client.turn();
        assertThat(stream.stalledFor()).isZero();

        accept(1, "a");
        client.turn();
        assertThat(stream.stalledFor()).isPositive();

        request(subscriber, 1);
        assertThat(stream.stalledFor()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void however_lines_demand_and_turns_interleave_every_line_arrives_once_and_in_order(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        AssertSubscriber<StreamItem> subscriber = subscribed(0);
        var sent = new ArrayList<String>();
        int lines = 200;

        while (sent.size() < lines) {
            switch (random.nextInt(3)) {
                case 0 -> {
                    long unacknowledged = sent.size() - (acknowledged.isEmpty() ? 0 : Collections.max(acknowledged));
                    int room = (int) Math.min(WINDOW_LINES - unacknowledged, lines - sent.size());
                    if (room > 0) {
                        var batch = new ArrayList<String>();
                        for (int i = 0; i < 1 + random.nextInt(room); i++) {
                            batch.add("line " + (sent.size() + i));
                        }
                        accept(sent.size() + 1, batch.toArray(String[]::new));
                        sent.addAll(batch);
                    }
                }
                case 1 -> subscriber.request(1 + random.nextInt(2));
                default -> client.turn();
            }
        }
        stream.end(new JobEnd.Completed());
        for (int i = 0; i < lines; i++) {
            request(subscriber, 1);
        }

        assertThat(subscriber.getItems().stream().flatMap(JobStreamTest::linesOf))
                .isEqualTo(sent);
        subscriber.assertCompleted();
        assertThat(acknowledged)
                .isSorted()
                .last()
                .satisfies(seq -> assertThat(seq).isGreaterThanOrEqualTo(lines - WINDOW_LINES));
    }

    @CanIgnoreReturnValue
    private AssertSubscriber<StreamItem> subscribed(long demand) {
        AssertSubscriber<StreamItem> subscriber = AssertSubscriber.create(demand);
        Multi.createFrom().publisher(stream).subscribe().withSubscriber(subscriber);
        client.turn();
        return subscriber;
    }

    private void request(AssertSubscriber<StreamItem> subscriber, long demand) {
        subscriber.request(demand);
        client.turn();
    }

    private void accept(long seq, String... lines) {
        var first = stream.accept(agent, new Lines(JOB, seq, List.of(lines)));
        assertThat(first).isEqualTo(seq == 1);
    }

    private static StreamItem lines(String... lines) {
        return new StreamItem.Lines(List.of(lines));
    }

    private static Stream<String> linesOf(StreamItem item) {
        return ((StreamItem.Lines) item).lines().stream();
    }
}
