package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of the gateway in ways it takes, and in ways it does not. */
@SystemTest
class RequestBodiesIT {
    private static final int MEGABYTE = 1024 * 1024;
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final Map<String, String> JSON_IN_CHUNKS =
            Map.of("Content-Type", "application/json", "Transfer-Encoding", "chunked");

    @AutoClose
    private final Fleet fleet = Fleet.plan().start();

    @Test
    void ten_megabytes_of_messages_reach_ollama_unchanged() {
        SeedRequest request = SeedRequest.to(Fleet.SHARED);
        for (int i = 0; i < 10; i++) {
            request.turn("user", megabyte(i));
            request.turn("assistant", "I see, \"%d\" \\ ü 😀".formatted(i));
        }
        request.saying("the end of a long story");
        long sent = System.nanoTime();

        try (SeedStream stream = fleet.client().send(request)) {
            assertThat(stream.text()).isNotEmpty();
        }
        Figures.show("ten megabytes to the end of a short answer: %d ms", Figures.millisSince(sent));

        assertThat(fleet.simulator(0)
                        .awaitRequestSaying("the end of a long story")
                        .body()
                        .path("messages"))
                .isEqualTo(Http.json(request.text()).path("messages"));
    }

    @Test
    void forty_megabytes_are_refused_by_their_declared_length() {
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            connection.head(
                    "POST",
                    SeedClient.PATH,
                    Map.of("Content-Type", "application/json", "Content-Length", Integer.toString(40 * MEGABYTE)));

            assertError(Http.reply(connection), 413, "32 MB");
        }
    }

    @Test
    void forty_megabytes_are_refused_while_they_come_in_chunks() {
        try (HttpConnection connection = HttpConnection.to(fleet.gateway().port())) {
            connection.head("POST", SeedClient.PATH, JSON_IN_CHUNKS);
            sendUntilRefused(connection, " ".repeat(MEGABYTE).getBytes(UTF_8), 40);

            assertError(Http.reply(connection), 413, "32 MB");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"})
    void another_content_type_is_refused(String type) {
        assertError(
                Http.exchange(
                        fleet.gateway().port(),
                        "POST",
                        SeedClient.PATH,
                        Map.of("Content-Type", type),
                        SeedRequest.to(Fleet.SHARED).saying("hello").text()),
                415,
                "application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE"})
    void another_method_is_refused(String method) {
        assertError(Http.exchange(fleet.gateway().port(), method, SeedClient.PATH, JSON, ""), 405, "method");
    }

    @Test
    void an_unknown_path_is_not_found() {
        assertError(Http.post(fleet.gateway().port(), "/nothing-here", "{}"), 404, "path");
    }

    @Test
    void malformed_json_is_refused_with_the_place() {
        assertError(
                Http.post(fleet.gateway().port(), SeedClient.PATH, "{\"model\":\"m\",\n  \"messages\": oops}"),
                400,
                "line 2");
    }

    @Test
    void a_field_that_is_wrong_is_named() {
        assertError(
                Http.post(
                        fleet.gateway().port(),
                        SeedClient.PATH,
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":7}]}"),
                400,
                "messages[0].content");
    }

    @Test
    void no_body_at_all_is_refused() {
        assertError(Http.exchange(fleet.gateway().port(), "POST", SeedClient.PATH, JSON, ""), 400, "body");
    }

    @Test
    void a_body_that_comes_too_slowly_is_given_up() {
        try (Gateway impatient = Gateway.start("-Dorchestrator.clients.body-within=1s");
                HttpConnection connection = HttpConnection.to(impatient.port())) {
            connection.head(
                    "POST", SeedClient.PATH, Map.of("Content-Type", "application/json", "Content-Length", "99"));
            connection.send("{\"model\":".getBytes(UTF_8));

            assertError(Http.reply(connection), 408, "1 s");
        }
    }

    private static void assertError(Http.Reply reply, int status, String saying) {
        assertThat(reply.status()).as("%s", reply).isEqualTo(status);
        assertThat(reply.contentType().orElse("")).startsWith("application/json");
        assertThat(reply.json().path("error").asText()).contains(saying);
    }

    /** A refusal may come, and the connection be closed, before everything was sent. */
    private static void sendUntilRefused(HttpConnection connection, byte[] chunk, int times) {
        try {
            for (int i = 0; i < times; i++) {
                connection.sendChunk(chunk);
            }
        } catch (UncheckedIOException refused) {
            // The answer says why.
        }
    }

    private static String megabyte(int number) {
        String sentence = "Turn %d is long, and it goes on and on; ".formatted(number);
        return sentence.repeat(MEGABYTE / sentence.length());
    }
}
