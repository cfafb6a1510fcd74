package org.ollamaorchestrator.gateway.api.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An answer's items on their way to a client, over a real connection. */
@NullMarked
class StraightWritingTest {

    private static final int MEGABYTE = 1 << 20;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final Framework framework = new Framework();

    @AfterEach
    void closeVertx() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** What quarkus-rest does for a stream: it writes what it is given, and ends the answer. */
    private static final class Framework {

        private final ConcurrentLinkedQueue<String> handedOn = new ConcurrentLinkedQueue<>();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final AtomicReference<HttpServerResponse> response = new AtomicReference<>();

        void answer(HttpServerResponse with, Multi<byte[]> items) {
            with.setChunked(true);
            response.set(with);
            items.subscribe().withSubscriber(new Flow.Subscriber<byte[]>() {
                private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();

                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription.set(given);
                    given.request(1);
                }

                @Override
                public void onNext(byte[] item) {
                    handedOn.add(new String(item, UTF_8));
                    with.write(Buffer.buffer(item))
                            .onSuccess(done -> subscription.get().request(1));
                }

                @Override
                public void onError(Throwable thrown) {
                    failure.set(thrown);
                    with.reset();
                }

                @Override
                public void onComplete() {
                    with.end();
                }
            });
        }
    }

    private Socket ask(Multi<byte[]> items) throws IOException {
        Multi<byte[]> watched = items.onRequest()
                .invoke(n -> asked.addAndGet((int) n))
                .onCancellation()
                .invoke(() -> cancelled.set(true));
        int port = vertx.createHttpServer()
                .requestHandler(request ->
                        framework.answer(request.response(), StraightWriting.to(request.response(), watched)))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .actualPort();
        var client = new Socket(InetAddress.getLoopbackAddress(), port);
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
        return client;
    }

    private static Multi<byte[]> items(String... texts) {
        return Multi.createFrom().items(texts).map(text -> text.getBytes(UTF_8));
    }

    private static String rest(Socket client) throws IOException {
        return new String(client.getInputStream().readAllBytes(), UTF_8);
    }

    @Test
    void the_first_is_handed_on_and_the_others_are_written() throws IOException {
        try (Socket client = ask(items("one", "two", "three"))) {
            assertThat(rest(client)).endsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
        }
        assertThat(framework.handedOn).containsExactly("one");
        assertThat(cancelled).isFalse();
    }

    @Test
    void an_answer_without_items_ends() throws IOException {
        try (Socket client = ask(items())) {
            assertThat(rest(client)).endsWith("\r\n\r\n0\r\n\r\n");
        }
    }

    @Test
    void a_failure_is_handed_on_whenever_it_comes() throws IOException {
        var failed = new IllegalStateException("no more");
        Multi<byte[]> failing = Multi.createBy()
                .concatenating()
                .streams(items("one", "two"), Multi.createFrom().failure(failed));
        try (Socket client = ask(failing)) {
            assertThat(rest(client)).endsWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n");
        }
        assertThat(framework.failure).hasValue(failed);
    }

    @Test
    void the_next_is_asked_for_once_the_connection_has_taken_the_one_before() throws IOException {
        int all = 100;
        Multi<byte[]> large = Multi.createFrom().range(0, all).map(i -> new byte[MEGABYTE]);
        try (Socket client = ask(large)) {
            await().until(() ->
                    framework.response.get() != null && framework.response.get().writeQueueFull());
            assertThat(asked.get()).isLessThan(all);
            assertThat(bytesOf(client.getInputStream())).isGreaterThan((long) all * MEGABYTE);
        }
        assertThat(asked).hasValue(all);
    }

    @Test
    void a_client_that_is_gone_ends_the_items() throws IOException {
        try (Socket client = ask(
                Multi.createBy().repeating().supplier(() -> new byte[MEGABYTE]).indefinitely())) {
            assertThat(client.getInputStream().read()).isEqualTo('H');
        }
        await().untilTrue(cancelled);
    }

    private static long bytesOf(InputStream in) throws IOException {
        long bytes = 0;
        var buffer = new byte[MEGABYTE];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            bytes += n;
        }
        return bytes;
    }
}
