package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Asks the simulator what a real Ollama was asked, and compares. */
class WireFormatTest {
    private static OllamaSimulator simulator;

    @BeforeAll
    static void start() {
        simulator = OllamaSimulator.start(SimulatorOptions.defaults()
                .withModels(
                        SimulatedModel.named("tiny").withCapabilities("completion"),
                        SimulatedModel.named("tiny-tools").withCapabilities("completion", "tools"),
                        SimulatedModel.named("tiny-think").withCapabilities("completion", "thinking"),
                        SimulatedModel.named("tiny-embed")));
        simulator.script("tiny", Script.counting(40));
        simulator.script(
                "tiny-tools",
                Script.builder()
                        .tokens("Let", " me")
                        .toolCalls(new Script.ToolCall("get_weather", Map.of("city", "Paris")))
                        .build());
        simulator.script(
                "tiny-think",
                Script.builder().thinking("The", " user").tokens("Hello").build());
    }

    @AfterAll
    static void stop() {
        simulator.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat-think-unsupported",
                "chat-tools-unsupported",
                "chat-on-an-embedding-model",
                "generate-on-an-embedding-model",
                "generate-think-invalid",
                "generate-bad-option-type",
                "embed-empty-list",
                "embed-bad-input",
                "embed-unknown-model",
                "embed-on-a-chat-model",
                "embeddings-legacy-on-a-chat-model",
                "embeddings-legacy-unknown-model",
                "error-bad-json",
                "error-empty-body",
                "error-invalid-model-name",
                "error-missing-model-chat",
                "error-missing-model-generate",
                "error-unknown-model-chat",
                "error-unknown-model-generate",
                "error-unknown-path",
                "error-wrong-method",
                "error-wrong-type",
                "root",
                "show-unknown",
                "show-nomodel",
                "status",
                "version"
            })
    void an_answer_without_times_is_the_same_byte_for_byte(String name) {
        Recording recording = Recording.of(name);

        RawClient.Answer answer = ask(recording);

        assertThat(answer.body()).isEqualTo(recording.body());
        assertSameHead(answer, recording);
        assertThat(answer.headers().get("content-length"))
                .isEqualTo(recording.headers().get("Content-Length"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"root-head", "version-head", "tags-head"})
    void a_head_request_has_the_head_only(String name) {
        Recording recording = Recording.of(name);

        RawClient.Answer answer = ask(recording);

        assertSameHead(answer, recording);
        assertThat(answer.headers()).containsKey("content-length");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat-nostream",
                "chat-tools-nostream",
                "chat-think-true-nostream",
                "chat-load",
                "chat-unload",
                "generate-nostream",
                "generate-load-warm",
                "generate-unload",
                "embed-one",
                "embed-many",
                "embed-dimensions",
                "embeddings-legacy",
                "tags"
            })
    void a_whole_answer_has_the_same_fields_in_the_same_order(String name) {
        Recording recording = Recording.of(name);

        RawClient.Answer answer = ask(recording);

        assertSameHead(answer, recording);
        assertThat(answer.body()).doesNotEndWith("\n");
        assertThat(Recording.shape(Recording.json(answer.body())))
                .isEqualTo(Recording.shape(Recording.json(recording.body())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat-stream", "chat-tools-stream", "chat-think-true", "generate-stream"})
    void a_stream_has_the_same_kinds_of_lines_in_the_same_order(String name) {
        Recording recording = Recording.of(name);

        RawClient.Answer answer = ask(recording);

        assertSameHead(answer, recording);
        assertThat(answer.headers()).containsEntry("transfer-encoding", "chunked");
        assertThat(shapes(answer.lines()))
                .isEqualTo(shapes(recording.body().lines().toList()));
        assertThat(reason(answer.body())).isEqualTo(reason(recording.body()));
    }

    @Test
    void each_chunk_is_one_line() {
        RawClient.Answer answer = ask(Recording.of("chat-stream"));

        assertThat(answer.complete()).isTrue();
        assertThat(answer.chunks())
                .hasSize(17)
                .allSatisfy(chunk -> assertThat(chunk.indexOf('\n')).isEqualTo(chunk.length() - 1));
    }

    @Test
    void the_loaded_models_are_listed_like_ollama_lists_them() {
        RawClient.Answer load = RawClient.post(simulator, "/api/generate", "{\"model\":\"tiny\"}");
        assertThat(load.status()).isEqualTo(200);

        RawClient.Answer answer = RawClient.call(simulator, "GET", "/api/ps", "");

        String recorded = Recording.resource("ps-loaded.http").split("\r?\n\r?\n", 2)[1];
        assertThat(Recording.shape(Recording.json(answer.body()))).isEqualTo(Recording.shape(Recording.json(recorded)));
    }

    @Test
    void a_models_description_has_ollamas_sections() {
        RawClient.Answer answer = RawClient.post(simulator, "/api/show", "{\"model\":\"tiny\"}");

        String recorded = Recording.resource("show.http").split("\r?\n\r?\n", 2)[1];
        assertThat(names(Recording.json(answer.body()))).isEqualTo(names(Recording.json(recorded)));
    }

    @Test
    void a_foreign_host_or_origin_is_forbidden_without_a_word() {
        RawClient.Answer host = RawClient.call(simulator, "GET", "/api/version", "", "Host: evil.example.com");
        RawClient.Answer origin = RawClient.call(
                simulator, "GET", "/api/version", "", "Host: localhost", "Origin: https://evil.example.com");

        assertThat(List.of(host, origin)).allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.headers()).containsEntry("content-length", "0").doesNotContainKey("content-type");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:11434", "[::1]:11434", "localhost:1", "box.local", "192.168.1.5:11434"})
    void a_local_host_is_welcome(String host) {
        assertThat(RawClient.call(simulator, "GET", "/api/version", "", "Host: " + host)
                        .status())
                .isEqualTo(200);
    }

    /** As v0.11.0 answers; nobody recorded it. */
    @ParameterizedTest
    @CsvSource({"'\"x\"',string", "5,number", "true,bool", "{},object"})
    void messages_that_are_not_a_list_are_refused(String messages, String kind) {
        RawClient.Answer answer =
                RawClient.post(simulator, "/api/chat", "{\"model\":\"tiny\",\"messages\":" + messages + "}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"json: cannot unmarshal " + kind
                        + " into Go struct field ChatRequest.messages of type []api.Message\"}");
    }

    @Test
    void angle_brackets_are_escaped_as_go_does() {
        RawClient.Answer answer = RawClient.post(
                simulator,
                "/api/chat",
                "{\"model\":\"tiny\",\"messages\":[{}],\"options\":{\"simulator\":{\"tokens\":[\"<b> & ü\"]}}}");

        assertThat(answer.lines().getFirst()).contains("\"\\u003cb\\u003e \\u0026 ü\"");
    }

    @Test
    void a_connection_is_reused_after_a_stream() {
        try (RawClient client = new RawClient(simulator)) {
            RawClient.Answer first = client.send("POST", "/api/chat", "{\"model\":\"tiny\",\"messages\":[{}]}")
                    .read();
            RawClient.Answer second = client.send("GET", "/api/version", "").read();

            assertThat(first.complete()).isTrue();
            assertThat(second.status()).isEqualTo(200);
        }
    }

    private static RawClient.Answer ask(Recording recording) {
        return RawClient.call(simulator, recording.method(), recording.path(), recording.requestBody());
    }

    private static void assertSameHead(RawClient.Answer answer, Recording recording) {
        assertThat(answer.status()).isEqualTo(recording.status());
        assertThat(answer.headers().get("content-type"))
                .isEqualTo(recording.headers().get("Content-Type"));
        assertThat(answer.headers()).containsKey("date").doesNotContainKey("connection");
        assertThat(answer.headers().get("allow")).isEqualTo(recording.headers().get("Allow"));
    }

    /** Shapes of the lines with repetitions left out: how many tokens there are is not Ollama's format. */
    private static List<String> shapes(List<String> lines) {
        return lines.stream()
                .map(line -> Recording.shape(Recording.json(line)))
                .distinct()
                .toList();
    }

    private static String reason(String body) {
        return Recording.json(body.lines().toList().getLast())
                .path("done_reason")
                .asText();
    }

    private static List<String> names(JsonNode json) {
        return json.propertyStream().map(Map.Entry::getKey).toList();
    }
}
