package org.ollamaorchestrator.agent.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.agent.ollama.OllamaLine;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** An answer told to connections that come and go, turn of the event loop by turn. */
class LineAnswerTest {

    private static final JobId JOB = new JobId("j1");
    private static final int LINE_BYTES = 10;

    private final Queue<Runnable> turns = new ArrayDeque<>();
    private final Counts progress = new Counts();
    private final Wire first = new Wire();

    @Test
    void while_nobody_listens_it_wants_the_window_full_and_nothing_more() {
        LineAnswer answer = answer(4, 1_000, true);
        answer.hold();

        assertThat(readUntilFull(answer)).isEqualTo(4);
        endTurn();

        assertThat(first.heard).isEmpty();
        assertThat(answer.bytes()).isEqualTo(4 * LINE_BYTES);
    }

    @Test
    void a_full_window_is_told_once_until_an_acknowledgement_makes_room() {
        LineAnswer answer = answer(2, 1_000, true);
        answer.line(line(1));
        endTurn();
        assertThat(progress.fullWindows).isZero();
        answer.line(line(2));
        endTurn();
        answer.line(line(3));
        endTurn();
        assertThat(progress.fullWindows).isEqualTo(1);

        answer.acknowledged(2);
        assertThat(progress.fullWindows).isEqualTo(1);
        answer.line(line(4));
        endTurn();

        assertThat(progress.fullWindows).isEqualTo(2);
    }

    @Test
    void an_end_that_can_be_told_waits_for_no_window() {
        LineAnswer answer = answer(2, 1_000, true);
        answer.line(line(1));
        answer.line(line(2));

        answer.end(null);

        assertThat(progress.fullWindows).isZero();
    }

    @Test
    void bytes_fill_the_window_as_well() {
        LineAnswer answer = answer(1_000, 35, true);
        answer.hold();

        assertThat(readUntilFull(answer)).isEqualTo(4);
        assertThat(answer.bytes()).isLessThanOrEqualTo(35 + LINE_BYTES);
    }

    @Test
    void what_was_sent_and_what_waited_come_in_order_after_a_resume() {
        LineAnswer answer = answer(4, 1_000, true);
        answer.line(line(1));
        answer.line(line(2));
        endTurn();
        answer.hold();
        answer.line(line(3));
        endTurn();
        assertThat(answer.lastSeq()).isEqualTo(2);
        Wire second = new Wire();

        assertThat(answer.resume(1, second)).isTrue();

        assertThat(second.lines(1)).containsExactly(text(2), text(3));
        assertThat(answer.lastSeq()).isEqualTo(3);
        answer.line(line(4));
        endTurn();
        answer.line(line(5));
        endTurn();
        assertThat(second.lines(1)).as("one more than the window waits").hasSize(3);
    }

    @Test
    void the_end_is_sent_again_until_it_is_acknowledged() {
        LineAnswer answer = answer(4, 1_000, true);
        answer.line(line(1));
        answer.end(null);
        assertThat(first.heard).last().isEqualTo(new JobComplete(JOB, 1L));
        answer.acknowledged(1);
        assertThat(progress.settled).isZero();
        answer.hold();
        assertThat(answer.endTold()).isFalse();
        Wire second = new Wire();

        assertThat(answer.resume(1, second)).isTrue();

        assertThat(second.heard).containsExactly(new JobComplete(JOB, 1L));
        assertThat(progress.told).isEqualTo(2);
        answer.acknowledged(2);
        answer.acknowledged(2);
        assertThat(progress.settled).isOne();
    }

    @Test
    void without_a_gateway_that_resumes_the_end_is_the_end() {
        LineAnswer answer = answer(4, 1_000, false);
        answer.line(line(1));

        answer.end(null);

        assertThat(progress.settled).isOne();
    }

    @Test
    void a_failure_at_once_drops_what_waits_and_takes_the_place_of_an_end_that_waits() {
        LineAnswer answer = answer(1, 1_000, true);
        answer.line(line(1));
        answer.line(line(2));
        answer.end(null);
        assertThat(first.heard).hasSize(1);

        answer.endNow(new JobFailure.DeadlinePassed());

        assertThat(first.heard).last().isEqualTo(JobError.of(JOB, new JobFailure.DeadlinePassed()));
        answer.acknowledged(2);
        assertThat(progress.settled).isOne();
    }

    @Test
    void an_abort_is_told_only_to_whom_no_end_was_told() {
        LineAnswer told = answer(4, 1_000, true);
        told.end(null);
        told.abortTo(first, new JobFailure.Cancelled());
        assertThat(first.heard).hasSize(1);
        LineAnswer untold = answer(4, 1_000, true);
        untold.end(null);
        untold.hold();
        Wire second = new Wire();

        untold.abortTo(second, new JobFailure.Cancelled());

        assertThat(second.heard).containsExactly(JobError.of(JOB, new JobFailure.Cancelled()));
        assertThat(progress.settled).isEqualTo(2);
    }

    @Test
    void a_resume_after_lines_that_are_gone_or_were_never_sent_sends_nothing() {
        LineAnswer answer = answer(4, 1_000, true);
        answer.line(line(1));
        answer.line(line(2));
        endTurn();
        answer.acknowledged(1);
        answer.hold();
        Wire second = new Wire();

        assertThat(answer.resume(0, second)).isFalse();
        assertThat(answer.resume(3, second)).isFalse();

        assertThat(second.heard).isEmpty();
        assertThat(answer.held()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20_261_122})
    void whatever_is_lost_when_the_lines_are_exact_and_never_more_than_the_window_and_one_read(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            String shown = "seed %d, round %d".formatted(seed, round);
            exactDespiteDrops(random, shown);
        }
    }

    private void exactDespiteDrops(Random random, String shown) {
        int windowLines = 1 + random.nextInt(8);
        int readMax = 5;
        int total = random.nextInt(60);
        LineAnswer answer = answer(windowLines, 40 + random.nextInt(100), true);
        Wire wire = first;
        wire.heard.clear();
        progress.settled = 0;
        List<String> received = new ArrayList<>();
        int taken = 0;
        long acked = 0;
        int read = 0;
        boolean ended = false;
        boolean endReceived = false;
        for (int step = 0; progress.settled == 0; step++) {
            assertThat(step).as(shown).isLessThan(20_000);
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    for (int i = 0; i < readMax && answer.wantsMore() && read < total; i++) {
                        read++;
                        answer.line(line(read));
                    }
                }
                case 2 -> endTurn();
                case 3, 4 -> {
                    if (taken < wire.heard.size()) {
                        switch (wire.heard.get(taken)) {
                            case Lines(JobId id, long seq, List<String> lines) -> {
                                assertThat(seq).as(shown).isEqualTo(received.size() + 1L);
                                received.addAll(lines);
                            }
                            case JobComplete(JobId id, Long lastSeq) -> {
                                assertThat(lastSeq).as(shown).isEqualTo((long) received.size());
                                endReceived = true;
                            }
                            default -> throw new AssertionError(shown + ": " + wire.heard.get(taken));
                        }
                        taken++;
                    }
                }
                case 5 -> {
                    acked = received.size();
                    answer.acknowledged(endReceived ? acked + 1 : acked);
                }
                case 6 -> {
                    if (read == total && !ended) {
                        ended = true;
                        answer.end(null);
                    }
                }
                default -> {
                    if (random.nextInt(4) == 0) {
                        // What the old connection still had on its way is lost.
                        answer.hold();
                        wire = new Wire();
                        taken = 0;
                        endReceived = false;
                        for (int i = 0; i < readMax && answer.wantsMore() && read < total; i++) {
                            read++;
                            answer.line(line(read));
                        }
                        endTurn();
                        assertThat(answer.resume(received.size(), wire))
                                .as(shown)
                                .isTrue();
                    }
                }
            }
            assertThat(answer.bytes()).as(shown).isLessThanOrEqualTo((long) windowLines * LINE_BYTES);
            assertThat(answer.lastSeq() - acked).as(shown).isLessThanOrEqualTo(windowLines);
        }
        assertThat(received).as(shown).hasSize(total);
        for (int i = 0; i < total; i++) {
            assertThat(received.get(i)).as(shown).isEqualTo(text(i + 1));
        }
        endTurn();
    }

    private LineAnswer answer(int windowLines, int windowBytes, boolean keepsEnd) {
        return new LineAnswer(JOB, turns::add, first, new Window(windowLines, windowBytes), keepsEnd, progress);
    }

    private static int readUntilFull(LineAnswer answer) {
        int read = 0;
        while (answer.wantsMore() && read < 1_000) {
            read++;
            answer.line(line(read));
        }
        return read;
    }

    private void endTurn() {
        while (!turns.isEmpty()) {
            turns.remove().run();
        }
    }

    private static OllamaLine line(int number) {
        return new OllamaLine(text(number), LINE_BYTES, false, false, null);
    }

    private static String text(int number) {
        return "line %05d".formatted(number);
    }

    private static final class Wire implements Replies {

        final List<AgentMessage> heard = new ArrayList<>();

        @Override
        public void send(AgentMessage message) {
            heard.add(message);
        }

        @Override
        public boolean full() {
            return false;
        }

        List<String> lines(long after) {
            List<String> lines = new ArrayList<>();
            for (AgentMessage message : heard) {
                if (message instanceof Lines(JobId id, long seq, List<String> some)) {
                    assertThat(seq).isEqualTo(after + lines.size() + 1);
                    lines.addAll(some);
                }
            }
            return lines;
        }
    }

    private static final class Counts implements Answer.Progress {

        int told;
        int settled;
        int fullWindows;

        @Override
        public void flushed() {}

        @Override
        public void windowFull() {
            fullWindows++;
        }

        @Override
        public void told() {
            told++;
        }

        @Override
        public void settled() {
            settled++;
        }
    }
}
