package org.ollamaorchestrator.agent.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.AgentMessage.Token;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

class OutboxTest {

    private static final int TOKEN_BYTES = 100_000;

    private final Queue<CompletableFuture<Void>> onTheirWay = new ArrayDeque<>();
    private final List<String> sent = new ArrayList<>();
    private int writableAgain;
    private final Outbox outbox = new Outbox(new MessageCodec(), this::take, Runnable::run, () -> writableAgain++);

    @Test
    void it_is_full_over_its_bound_and_writable_again_at_half_of_it() {
        while (!outbox.full()) {
            assertThat(sent).hasSizeLessThan(100);
            outbox.send(token());
        }
        assertThat(bytes(sent)).isGreaterThan(Outbox.BYTES_MAX);
        assertThat(bytes(sent.subList(1, sent.size()))).isLessThanOrEqualTo(Outbox.BYTES_MAX);

        while (outbox.full()) {
            assertThat(writableAgain).isZero();
            socketTakesOne();
        }

        assertThat((long) onTheirWay.size() * TOKEN_BYTES).isLessThan(Outbox.BYTES_MAX / 2);
        assertThat(onTheirWay).isNotEmpty();
        assertThat(writableAgain).isOne();
        onTheirWay.forEach(one -> one.completeExceptionally(new IllegalStateException("the connection is gone")));
        assertThat(writableAgain).isOne();
    }

    @Test
    void nothing_is_held_back_while_it_is_full() {
        while (!outbox.full()) {
            outbox.send(token());
        }
        int before = sent.size();

        outbox.send(token());

        assertThat(sent).hasSize(before + 1);
    }

    @Test
    void nothing_is_sent_after_the_connection() {
        outbox.close();

        outbox.send(token());

        assertThat(sent).isEmpty();
    }

    @Test
    void lines_go_as_json_until_the_gateway_has_said_that_it_takes_them_plain() {
        var lines = new Lines(new JobId("j"), 1, List.of("{\"done\":false}"));
        outbox.send(lines);

        outbox.sendPlainLines();
        outbox.send(lines);

        assertThat(sent)
                .containsExactly(
                        "{\"type\":\"chunk\",\"jobId\":\"j\",\"seq\":1,\"lines\":[\"{\\\"done\\\":false}\"]}",
                        "{\"type\":\"chunk\",\"jobId\":\"j\",\"seq\":1}\n{\"done\":false}");
    }

    private void socketTakesOne() {
        onTheirWay.remove().complete(null);
    }

    private static long bytes(List<String> frames) {
        return frames.stream().mapToLong(String::length).sum();
    }

    private Uni<Void> take(String frame) {
        sent.add(frame);
        CompletableFuture<Void> taken = new CompletableFuture<>();
        onTheirWay.add(taken);
        return Uni.createFrom().completionStage(taken);
    }

    private static Token token() {
        return new Token(new JobId("j1"), "x".repeat(TOKEN_BYTES), false);
    }
}
