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
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** One request of the seed's API, whose events are read one by one while they come. */
@NullMarked
final class SeedClient implements AutoCloseable {

    static final String ASK_TINY = "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private static final String END = "(end)";
    private static final String BROKEN = "(broken)";

    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<HttpResponse<Stream<String>>> response;

    private SeedClient(int port, String body) {
        response = client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/api/chat/completions"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofLines());
        Thread.startVirtualThread(this::read);
    }

    static SeedClient ask(int port) {
        return new SeedClient(port, ASK_TINY);
    }

    static SeedClient ask(int port, String body) {
        return new SeedClient(port, body);
    }

    private void read() {
        try (Stream<String> lines = response.join().body()) {
            lines.filter(line -> !line.isEmpty()).forEach(events::add);
            events.add(END);
        } catch (UncheckedIOException | CompletionException e) {
            events.add(BROKEN);
        }
    }

    int status() {
        return response.orTimeout(10, TimeUnit.SECONDS).join().statusCode();
    }

    String header(String name) {
        return response.orTimeout(10, TimeUnit.SECONDS)
                .join()
                .headers()
                .firstValue(name)
                .orElse("");
    }

    String nextEvent() {
        try {
            String event = events.poll(10, TimeUnit.SECONDS);
            assertThat(event).as("an event").isNotNull();
            return String.valueOf(event);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void expectEnd() {
        assertThat(nextEvent()).isEqualTo(END);
    }

    /** Leaves as a client does whose user pressed stop. */
    @Override
    public void close() {
        client.shutdownNow();
    }

    static String token(String text) {
        return "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"done\":false}";
    }

    static String last() {
        return "{\"model\":\"tiny\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}";
    }
}
