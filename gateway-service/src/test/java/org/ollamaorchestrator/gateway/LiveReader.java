package org.ollamaorchestrator.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** Somebody who watches {@code /api/ui/events}: each event is its name, a space and its data. */
@NullMarked
final class LiveReader implements AutoCloseable {

    private static final String CLOSED = "(closed)";

    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<HttpResponse<Stream<String>>> response;

    /** @param secret of the reader's key; empty for none */
    LiveReader(int port, String secret) {
        var request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/api/ui/events"));
        if (!secret.isEmpty()) {
            request.header("Authorization", "Bearer " + secret);
        }
        response = client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofLines());
        Thread.startVirtualThread(this::read);
    }

    private void read() {
        try (Stream<String> lines = response.join().body()) {
            var name = new StringBuilder();
            lines.forEach(line -> {
                if (line.startsWith("event: ")) {
                    name.setLength(0);
                    name.append(line.substring("event: ".length()));
                } else if (line.startsWith("data: ")) {
                    events.add(name + " " + line.substring("data: ".length()));
                }
            });
            events.add(CLOSED);
        } catch (UncheckedIOException | CompletionException e) {
            // How a reader's own close shows, too; who awaits more is told.
            events.add(CLOSED);
        }
    }

    int status() {
        return response.orTimeout(10, TimeUnit.SECONDS).join().statusCode();
    }

    /** The next event that is so; others are passed over. */
    String await(Predicate<String> wanted) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (true) {
            String event;
            try {
                event = events.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            assertThat(event).as("an event of the live stream").isNotNull();
            if (wanted.test(event)) {
                return event;
            }
        }
    }

    void awaitClose() {
        var _ = await(CLOSED::equals);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
