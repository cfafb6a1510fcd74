package org.ollamaorchestrator.agent.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelOption;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetSocketInternal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.Operation;

class OllamaCallTest {

    private static final String LINE = "{\"message\":{\"content\":\"a\"},\"done\":false}";

    /** How a connection ends. */
    enum Break {
        CLOSED,
        RESET;

        void end(NetSocket socket) {
            if (this == RESET) {
                ((NetSocketInternal) socket)
                        .channelHandlerContext()
                        .channel()
                        .config()
                        .setOption(ChannelOption.SO_LINGER, 0);
            }
            socket.close().onFailure(gone -> {});
        }
    }

    /** What a call's listener heard. */
    private static final class Heard implements OllamaCall.Listener {

        final List<String> lines = new CopyOnWriteArrayList<>();
        final CompletableFuture<JobFailure> failure = new CompletableFuture<>();
        final CompletableFuture<Void> completed = new CompletableFuture<>();

        @Override
        public void line(OllamaLine line) {
            lines.add(line.text());
        }

        @Override
        public void completed() {
            completed.complete(null);
        }

        @Override
        public void failed(JobFailure reason) {
            failure.complete(reason);
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_ollama_that_is_lost_before_it_answers_was_not_reached(Break how) {
        try (RawOllama ollama = new RawOllama((socket, request) -> how.end(socket))) {
            Heard heard = run(ollama, Operation.CHAT, "{}");

            assertThat(failureOf(heard)).isInstanceOf(JobFailure.OllamaUnreachable.class);
            assertThat(failureOf(heard).retryable()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_ollama_that_is_lost_between_head_and_first_line_was_not_reached(Break how) {
        try (RawOllama ollama =
                new RawOllama((socket, request) -> socket.write(RawOllama.HEAD).onSuccess(sent -> how.end(socket)))) {
            Heard heard = run(ollama, Operation.CHAT, "{}");

            assertThat(failureOf(heard)).isInstanceOf(JobFailure.OllamaUnreachable.class);
            assertThat(heard.lines).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void half_a_first_line_is_no_line(Break how) {
        try (RawOllama ollama = new RawOllama((socket, request) ->
                socket.write(RawOllama.HEAD + RawOllama.chunk("{\"message\":")).onSuccess(sent -> how.end(socket)))) {
            Heard heard = run(ollama, Operation.CHAT, "{}");

            assertThat(failureOf(heard)).isInstanceOf(JobFailure.OllamaUnreachable.class);
            assertThat(heard.lines).isEmpty();
        }
    }

    @Test
    void an_ollama_that_is_lost_in_the_middle_of_a_line_broke_its_answer_off() {
        // The break waits until the first line was read: a reset throws away what the other side has not read yet.
        try (RawOllama ollama = new RawOllama(
                (socket, request) -> socket.write(RawOllama.HEAD + RawOllama.chunk(LINE + "\n{\"message\":"))
                        .onSuccess(sent -> Break.CLOSED.end(socket)))) {
            Heard heard = run(ollama, Operation.CHAT, "{}");

            assertThat(failureOf(heard)).isInstanceOf(JobFailure.OllamaBroke.class);
            assertThat(failureOf(heard).retryable()).isFalse();
            assertThat(heard.lines).containsExactly(LINE);
        }
    }

    @Test
    void an_answer_that_ends_in_order_without_a_last_line_is_broken_and_not_out_of_reach() {
        try (RawOllama ollama = new RawOllama(
                (socket, request) -> socket.write(RawOllama.HEAD + "0\r\n\r\n").onFailure(gone -> {}))) {
            Heard heard = run(ollama, Operation.CHAT, "{}");

            assertThat(failureOf(heard)).isInstanceOf(JobFailure.OllamaBroke.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"model\":\"a\"}', /api/generate",
        "'{\"model\":\"a\",\"input\":[]}', /api/embed",
        "'{\"model\":{\"input\":1}}', /api/generate",
        "'not json', /api/generate",
        "'', /api/generate"
    })
    void what_a_load_is_for_shows_in_its_request_and_what_cannot_be_read_is_ollamas_to_refuse(
            String request, String path) {
        try (RawOllama ollama = new RawOllama((socket, asked) ->
                socket.write(RawOllama.whole("{\"done\":true}")).onFailure(gone -> {}))) {
            Heard heard = run(ollama, Operation.LOAD, request);

            heard.completed.orTimeout(10, TimeUnit.SECONDS).join();
            assertThat(ollama.asked().getFirst()).isEqualTo("POST " + path + " HTTP/1.1");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PULL, POST /api/pull",
        "CREATE, POST /api/create",
        "PUSH, POST /api/push",
    })
    void a_change_that_tells_of_its_progress_is_whole_with_its_line_of_success(Operation change, String asked) {
        String progress = "{\"status\":\"writing manifest\"}";
        String success = "{\"status\":\"success\"}";
        try (RawOllama ollama = new RawOllama(
                (socket, request) -> socket.write(RawOllama.HEAD + RawOllama.chunk(progress + "\n" + success + "\n"))
                        .onFailure(gone -> {}))) {
            Heard heard = run(ollama, change, "{}");

            heard.completed.orTimeout(10, TimeUnit.SECONDS).join();
            assertThat(heard.lines).containsExactly(progress, success);
            assertThat(ollama.asked().getFirst()).isEqualTo(asked + " HTTP/1.1");
        }
    }

    @Test
    void a_pull_that_ends_in_order_without_success_is_broken() {
        try (RawOllama ollama = new RawOllama((socket, request) -> socket.write(
                        RawOllama.HEAD + RawOllama.chunk("{\"status\":\"pulling manifest\"}\n") + "0\r\n\r\n")
                .onFailure(gone -> {}))) {
            assertThat(failureOf(run(ollama, Operation.PULL, "{}"))).isInstanceOf(JobFailure.OllamaBroke.class);
        }
    }

    @Test
    void a_pull_that_fails_says_so_in_a_line_of_an_answer_that_began_well() {
        try (RawOllama ollama = new RawOllama((socket, request) -> socket.write(
                        RawOllama.HEAD + RawOllama.chunk("{\"error\":\"file does not exist\"}\n"))
                .onFailure(gone -> {}))) {
            assertThat(failureOf(run(ollama, Operation.PULL, "{}")))
                    .isEqualTo(new JobFailure.OllamaBroke("file does not exist"));
        }
    }

    @ParameterizedTest
    @CsvSource({"DELETE, DELETE /api/delete", "COPY, POST /api/copy"})
    void a_change_that_answers_nothing_is_whole_with_its_end(Operation change, String asked) {
        try (RawOllama ollama = new RawOllama((socket, request) ->
                socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").onFailure(gone -> {}))) {
            Heard heard = run(ollama, change, "{}");

            heard.completed.orTimeout(10, TimeUnit.SECONDS).join();
            assertThat(heard.lines).isEmpty();
            assertThat(ollama.asked().getFirst()).isEqualTo(asked + " HTTP/1.1");
        }
    }

    private static Heard run(RawOllama ollama, Operation operation, String body) {
        Heard heard = new Heard();
        OllamaClient client = new OllamaClient(ollama.vertx, ollama.url(), 1);
        ollama.vertx.runOnContext(on -> client.run(operation, Buffer.buffer(body), new NoTrace(), heard));
        return heard;
    }

    private static JobFailure failureOf(Heard heard) {
        await().atMost(Duration.ofSeconds(10)).until(heard.failure::isDone);
        return heard.failure.join();
    }

    /** Nobody follows these calls. */
    private record NoTrace() implements CallTrace {
        @Override
        public Optional<String> calls(String method, String host, int port, String path) {
            return Optional.empty();
        }

        @Override
        public void answered(int status) {}
    }
}
