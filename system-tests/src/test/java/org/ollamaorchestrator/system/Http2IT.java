package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over HTTP/2 one connection carries many answers: a client leaves one of them without closing the connection. */
@SystemTest
class Http2IT {

    @AutoClose
    private final Fleet fleet = Fleet.plan().slots(4).start();

    @AutoClose
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

    /** The first request asks for HTTP/2, and all others go over its connection. */
    @BeforeEach
    void connect() throws IOException, InterruptedException {
        HttpResponse<String> version = client.send(
                HttpRequest.newBuilder(URI.create(base() + "/api/version")).build(), BodyHandlers.ofString());
        assertThat(version.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    @Test
    void an_answer_that_its_client_leaves_ends_at_ollama_and_those_beside_it_go_on() throws Exception {
        HttpResponse<InputStream> left = ask("left alone", "{\"count\":100000,\"paceMs\":20}");
        HttpResponse<InputStream> read = ask("read to its end", "{\"count\":100,\"paceMs\":20}");
        assertThat(left.version()).isEqualTo(HttpClient.Version.HTTP_2);

        left.body().close();

        assertThat(fleet.simulator(0).awaitOutcome("left alone", "CLIENT_LEFT").tokensSent())
                .isLessThan(100_000);
        try (InputStream body = read.body()) {
            assertThat(new String(body.readAllBytes(), UTF_8))
                    .contains("\"done\":true")
                    .contains("99 ");
        }
        fleet.gateway().awaitIdle();
    }

    @Test
    void an_answer_that_its_client_leaves_while_nothing_has_come_ends_at_ollama() {
        var waiting = client.sendAsync(
                request("nothing yet", "{\"count\":3,\"firstTokenMs\":60000}"), BodyHandlers.ofString());
        var seen = fleet.simulator(0).awaitRequestSaying("nothing yet");

        assertThat(waiting.cancel(true)).isTrue();

        assertThat(seen.tokensSent()).isZero();
        var _ = fleet.simulator(0).awaitOutcome("nothing yet", "CLIENT_LEFT");
        fleet.gateway().awaitIdle();
    }

    @Test
    void a_refused_request_ends_alone_although_its_body_is_not_read() throws Exception {
        HttpResponse<InputStream> running = ask("goes on beside it", "{\"count\":50,\"paceMs\":20}");

        HttpResponse<String> refused = client.send(
                HttpRequest.newBuilder(URI.create(base() + "/api/chat"))
                        .POST(BodyPublishers.ofByteArray(new byte[40 * 1024 * 1024]))
                        .build(),
                BodyHandlers.ofString());

        assertThat(refused.statusCode()).isEqualTo(413);
        try (InputStream body = running.body()) {
            assertThat(new String(body.readAllBytes(), UTF_8)).contains("\"done\":true");
        }
    }

    private HttpResponse<InputStream> ask(String text, String script) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = client.send(request(text, script), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer;
    }

    private HttpRequest request(String text, String script) {
        return HttpRequest.newBuilder(URI.create(base() + "/api/chat"))
                .POST(BodyPublishers.ofString("""
                        {"model":"%s","messages":[{"role":"user","content":"%s"}],"options":{"simulator":%s}}""".formatted(Fleet.SHARED, text, script)))
                .build();
    }

    private String base() {
        return "http://127.0.0.1:" + fleet.gateway().port();
    }
}
