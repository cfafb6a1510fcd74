package org.ollamaorchestrator.simulator;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Asks a gateway as its clients would, many at a time, until what a request takes has been compiled: a JVM that writes down
 * what it did then (its AOT cache) starts the next time with the knowledge of it.
 *
 * <pre>java -cp ollama-simulator.jar org.ollamaorchestrator.simulator.Exercise http://127.0.0.1:3000 MODEL REQUESTS</pre>
 */
public final class Exercise {

    private static final int AT_ONCE = 32;
    private static final Duration AT_MOST = Duration.ofMinutes(1);

    /** How an answer is asked for, by the dialect's path. */
    private record Form(String path, String body) {}

    /** More of the first kinds, since they are what clients ask for most. */
    private static final List<Form> FORMS = List.of(
            new Form("/v1/chat/completions", "\"stream\":true,\"stream_options\":{\"include_usage\":true}"),
            new Form("/v1/chat/completions", "\"stream\":true"),
            new Form("/api/chat", "\"stream\":true"),
            new Form("/v1/messages", "\"stream\":true,\"max_tokens\":100"),
            new Form("/v1/chat/completions", "\"stream\":false"),
            new Form("/api/chat", "\"stream\":false"));

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(AT_MOST)
            .build();
    private final String gateway;
    private final String model;

    private Exercise(String gateway, String model) {
        this.gateway = gateway;
        this.model = model;
    }

    /** @param words the gateway's address, a model that its agents have, and how many requests */
    public static void main(String... words) throws InterruptedException, ExecutionException {
        var exercise = new Exercise(words[0], words[1]);
        try (var clients = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> asked = IntStream.range(0, Integer.parseInt(words[2]))
                    .<Future<?>>mapToObj(i -> clients.submit(() -> exercise.ask(FORMS.get(i % FORMS.size()))))
                    .toList();
            for (Future<?> each : asked) {
                each.get();
            }
        }
    }

    private Void ask(Form form) throws IOException, InterruptedException {
        String body = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}],%s}"
                .formatted(model, form.body());
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway + form.path()))
                .timeout(AT_MOST)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(form.path() + " answers " + answer.statusCode());
        }
        return null;
    }
}
