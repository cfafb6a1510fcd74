package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests and answers of unusual size and shape, in each dialect that has them. */
@SystemTest
class LargeIT {
    private static final String SEEING = "seeing";
    private static final int CALLS = 100;
    private static final int PROMPT_CHARS = 200 * 1024;
    private static final int IMAGE_BYTES = 5 * 1024 * 1024;
    private static final int SCHEMA_CHARS = 1024 * 1024;
    private static final String ONE_WORD = "{\"tokens\":[\"yes\"]}";

    @AutoClose
    private final Fleet fleet = Fleet.plan().slots(8).start();

    @BeforeAll
    void a_model_sees() {
        Http.Reply added = Http.post(
                fleet.simulator(0).port(),
                "/simulator/models/" + SEEING,
                "{\"capabilities\":[\"completion\",\"vision\"]}");
        assertThat(added.status()).as("%s", added).isEqualTo(204);
        Patience.until(
                "the gateway to know the model that sees",
                () -> fleet.gateway()
                        .agent(fleet.agent(0).name())
                        .map(agent -> agent.path("models").toString().contains(SEEING))
                        .orElse(false));
    }

    /** What is remembered here is large. */
    @AfterEach
    void the_simulator_forgets() {
        Http.Reply forgotten = Http.exchange(
                fleet.simulator(0).port(), "DELETE", "/simulator/requests", Map.of("Connection", "close"), "");
        assertThat(forgotten.status()).isEqualTo(204);
    }

    @ParameterizedTest
    @EnumSource
    void a_prompt_of_200_kilobytes_reaches_ollama_unchanged(LargeDialect dialect) {
        String sentence = "A long \"prompt\" \\ ü 日本 😀 goes on; ";
        String prompt = sentence.repeat(PROMPT_CHARS / sentence.length());

        GoldenAnswer answer = answered(dialect, dialect.asking(Fleet.SHARED, prompt, ONE_WORD));

        assertThat(dialect.textIn(answer.text())).isEqualTo("yes");
        dialect.assertEnded(answer.text());
        JsonNode seen = seenWith("goes on").body();
        assertThat((dialect == LargeDialect.OPENAI_COMPLETIONS
                                ? seen.path("prompt")
                                : seen.path("messages").path(0).path("content"))
                        .asText())
                .isEqualTo(prompt);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OPENAI_COMPLETIONS")
    void an_image_of_five_megabytes_reaches_ollama_unchanged(LargeDialect dialect) {
        byte[] bytes = new byte[IMAGE_BYTES];
        new Random(7).nextBytes(bytes);
        String image = Base64.getEncoder().encodeToString(bytes);
        ObjectNode request = dialect.asking(SEEING, "what is it", ONE_WORD);
        addImage(dialect, request, image);

        GoldenAnswer answer = answered(dialect, request);

        assertThat(dialect.textIn(answer.text())).isEqualTo("yes");
        List<String> images = seenWith("what is it").body().path("messages").findValues("images").stream()
                .map(list -> list.path(0).asText())
                .toList();
        // Not by AssertJ: what differs would be told in full.
        assertThat(images).hasSize(1).allMatch(image::equals, "the image that was sent");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OPENAI_COMPLETIONS")
    void a_tool_with_a_schema_of_a_megabyte_reaches_ollama_unchanged(LargeDialect dialect) {
        ObjectNode request = dialect.asking(Fleet.SHARED, "call it", ONE_WORD);
        ObjectNode schema = largeSchema();
        addTool(dialect, request, schema);

        GoldenAnswer answer = answered(dialect, request);

        assertThat(dialect.textIn(answer.text())).isEqualTo("yes");
        JsonNode function = seenWith("call it").body().path("tools").path(0).path("function");
        assertThat(function.path("name").asText()).isEqualTo("large");
        assertThat(function.path("parameters").equals(schema)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void emoji_that_arrive_in_pieces_are_put_together(LargeDialect dialect) {
        GoldenAnswer answer = answered(
                dialect,
                dialect.asking(
                        Fleet.SHARED,
                        "pieces",
                        "{\"tokens\":[\"😀\",\"a👩‍👩‍👧\",\"ü日本\",\" 🏴‍☠️🙂\"],\"splitBytes\":3}"));

        assertThat(dialect.textIn(answer.text())).isEqualTo("😀a👩‍👩‍👧ü日本 🏴‍☠️🙂");
        dialect.assertEnded(answer.text());
    }

    @Test
    void a_hundred_calls_of_tools_are_a_hundred_calls_for_clients_of_ollama() {
        List<JsonNode> calls = streamedWithCalls(LargeDialect.OLLAMA_CHAT).stream()
                .flatMap(event -> event.path("message").path("tool_calls").valueStream())
                .toList();

        assertThat(calls)
                .extracting(call -> call.path("id").asText())
                .hasSize(CALLS)
                .doesNotHaveDuplicates();
        assertThat(calls)
                .extracting(call -> call.path("function").path("index").asInt())
                .isEqualTo(numbers());
        assertThat(calls)
                .extracting(call -> call.path("function").path("name").asText())
                .isEqualTo(names());
        assertThat(calls)
                .extracting(call ->
                        call.path("function").path("arguments").path("n").asInt())
                .isEqualTo(numbers());
    }

    @Test
    void a_hundred_calls_of_tools_are_a_hundred_calls_in_openais_chat() {
        List<JsonNode> calls = streamedWithCalls(LargeDialect.OPENAI_CHAT).stream()
                .flatMap(event -> event.path("choices")
                        .path(0)
                        .path("delta")
                        .path("tool_calls")
                        .valueStream())
                .toList();

        assertThat(calls)
                .extracting(call -> call.path("id").asText())
                .hasSize(CALLS)
                .doesNotHaveDuplicates();
        assertThat(calls).extracting(call -> call.path("index").asInt()).isEqualTo(numbers());
        assertThat(calls)
                .extracting(call -> call.path("function").path("name").asText())
                .isEqualTo(names());
        assertThat(calls)
                .extracting(call -> Http.json(
                                call.path("function").path("arguments").asText())
                        .path("n")
                        .asInt())
                .isEqualTo(numbers());
    }

    @Test
    void a_hundred_calls_of_tools_are_a_hundred_items_of_openais_responses() {
        List<JsonNode> done = streamedWithCalls(LargeDialect.OPENAI_RESPONSES).stream()
                .filter(event -> event.path("type").asText().equals("response.output_item.done"))
                .toList();

        assertThat(done)
                .extracting(event -> event.path("item").path("call_id").asText())
                .hasSize(CALLS)
                .doesNotHaveDuplicates();
        assertThat(done)
                .extracting(event -> event.path("item").path("id").asText())
                .doesNotHaveDuplicates();
        assertThat(done).extracting(event -> event.path("output_index").asInt()).isEqualTo(numbers());
        assertThat(done)
                .extracting(event -> event.path("item").path("name").asText())
                .isEqualTo(names());
        assertThat(done)
                .extracting(
                        event -> Http.json(event.path("item").path("arguments").asText())
                                .path("n")
                                .asInt())
                .isEqualTo(numbers());
    }

    @Test
    void a_hundred_calls_of_tools_are_a_hundred_blocks_of_anthropics() {
        List<JsonNode> events = streamedWithCalls(LargeDialect.ANTHROPIC);
        List<JsonNode> starts = events.stream()
                .filter(event -> event.path("type").asText().equals("content_block_start"))
                .toList();
        List<JsonNode> deltas = events.stream()
                .filter(event -> event.path("type").asText().equals("content_block_delta"))
                .toList();

        assertThat(starts)
                .extracting(start -> start.path("content_block").path("id").asText())
                .hasSize(CALLS)
                .doesNotHaveDuplicates();
        assertThat(starts).extracting(start -> start.path("index").asInt()).isEqualTo(numbers());
        assertThat(starts)
                .extracting(start -> start.path("content_block").path("name").asText())
                .isEqualTo(names());
        assertThat(deltas).extracting(delta -> delta.path("index").asInt()).isEqualTo(numbers());
        assertThat(deltas)
                .extracting(delta -> Http.json(
                                delta.path("delta").path("partial_json").asText())
                        .path("n")
                        .asInt())
                .isEqualTo(numbers());
    }

    @Test
    void what_claude_code_sends_besides_is_accepted_and_named() {
        ObjectNode request = LargeDialect.ANTHROPIC.asking(Fleet.SHARED, "besides", ONE_WORD);
        request.set("metadata", Http.json("{\"user_id\":\"user_1_account__session_2\"}"));
        request.set(
                "context_management",
                Http.json("{\"edits\":[{\"type\":\"clear_thinking_20251015\",\"keep\":\"all\"}]}"));
        request.set(
                "system",
                Http.json(
                        "[{\"type\":\"text\",\"text\":\"You are Claude Code.\",\"cache_control\":{\"type\":\"ephemeral\"}}]"));

        GoldenAnswer answer = GoldenClient.post(
                fleet.gateway().port(),
                LargeDialect.ANTHROPIC.path() + "?beta=true",
                Map.of(
                        "Content-Type",
                        "application/json",
                        "anthropic-version",
                        "2023-06-01",
                        "anthropic-beta",
                        "context-management-2025-06-27"),
                request);

        assertThat(answer.status()).as("%s", answer.text()).isEqualTo(200);
        assertThat(ignored(answer))
                .containsExactlyInAnyOrder("metadata", "context_management", "cache_control", "anthropic-beta");
    }

    @Test
    void what_open_webui_and_continue_send_besides_is_accepted_and_named() {
        ObjectNode request = LargeDialect.OPENAI_CHAT.asking(Fleet.SHARED, "besides", ONE_WORD);
        request.put("store", false).put("parallel_tool_calls", false).put("chat_id", "7");
        request.set("metadata", Http.json("{\"user_id\":\"1\"}"));
        request.set("stream_options", Http.json("{\"include_usage\":true}"));
        request.set(
                "messages",
                Http.json("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"besides\","
                        + "\"cache_control\":{\"type\":\"ephemeral\"}}]}]"));

        GoldenAnswer answer = answered(LargeDialect.OPENAI_CHAT, request);

        assertThat(ignored(answer))
                .contains("store", "parallel_tool_calls", "metadata", "chat_id")
                .doesNotContain("stream_options", "messages", "options", "model", "stream");
    }

    @Test
    void what_clients_of_responses_send_besides_is_accepted_and_named() {
        ObjectNode request = LargeDialect.OPENAI_RESPONSES.asking(Fleet.SHARED, "besides", ONE_WORD);
        request.put("store", false).put("parallel_tool_calls", true).put("prompt_cache_key", "7");
        request.set("metadata", Http.json("{\"user_id\":\"1\"}"));
        request.set("include", Http.json("[\"reasoning.encrypted_content\"]"));

        GoldenAnswer answer = answered(LargeDialect.OPENAI_RESPONSES, request);

        assertThat(ignored(answer))
                .containsExactlyInAnyOrder("store", "parallel_tool_calls", "prompt_cache_key", "metadata", "include");
    }

    private GoldenAnswer answered(LargeDialect dialect, ObjectNode request) {
        GoldenAnswer answer = GoldenClient.post(fleet.gateway().port(), dialect.path(), GoldenClient.JSON, request);
        assertThat(answer.status()).as("%s", answer.text()).isEqualTo(200);
        return answer;
    }

    private Simulator.Observed seenWith(String text) {
        return fleet.simulator(0).awaitRequestSaying(text);
    }

    private List<JsonNode> streamedWithCalls(LargeDialect dialect) {
        String calls = IntStream.range(0, CALLS)
                .mapToObj(n -> "{\"name\":\"tool%d\",\"arguments\":{\"n\":%d}}".formatted(n, n))
                .collect(Collectors.joining(",", "{\"tokens\":[],\"toolCalls\":[", "]}"));
        String raw = answered(dialect, dialect.asking(Fleet.SHARED, "call them all", calls))
                .text();
        dialect.assertEnded(raw);
        return dialect.events(raw);
    }

    private static List<Integer> numbers() {
        return IntStream.range(0, CALLS).boxed().toList();
    }

    private static List<String> names() {
        return IntStream.range(0, CALLS).mapToObj(n -> "tool" + n).toList();
    }

    private static List<String> ignored(GoldenAnswer answer) {
        return Arrays.asList(
                answer.headers().getOrDefault("x-orchestrator-ignored", "").split(", "));
    }

    private static void addImage(LargeDialect dialect, ObjectNode request, String image) {
        switch (dialect) {
            case OLLAMA_CHAT ->
                ((ObjectNode) request.path("messages").path(0))
                        .putArray("images")
                        .add(image);
            case OPENAI_CHAT -> {
                ObjectNode part = request.withArray("messages")
                        .addObject()
                        .put("role", "user")
                        .putArray("content")
                        .addObject();
                part.put("type", "image_url").putObject("image_url").put("url", "data:image/png;base64," + image);
            }
            case OPENAI_RESPONSES -> {
                ObjectNode part = request.withArray("input")
                        .addObject()
                        .put("role", "user")
                        .putArray("content")
                        .addObject();
                part.put("type", "input_image").put("image_url", "data:image/png;base64," + image);
            }
            case ANTHROPIC -> {
                ObjectNode block = request.withArray("messages")
                        .addObject()
                        .put("role", "user")
                        .putArray("content")
                        .addObject();
                block.put("type", "image")
                        .putObject("source")
                        .put("type", "base64")
                        .put("media_type", "image/png")
                        .put("data", image);
            }
            case OPENAI_COMPLETIONS -> throw new IllegalArgumentException("completions have no images");
        }
    }

    private static void addTool(LargeDialect dialect, ObjectNode request, ObjectNode schema) {
        ObjectNode tool = request.putArray("tools").addObject();
        switch (dialect) {
            case OLLAMA_CHAT, OPENAI_CHAT ->
                tool.put("type", "function")
                        .putObject("function")
                        .put("name", "large")
                        .set("parameters", schema);
            case OPENAI_RESPONSES ->
                tool.put("type", "function").put("name", "large").set("parameters", schema);
            case ANTHROPIC -> tool.put("name", "large").set("input_schema", schema);
            case OPENAI_COMPLETIONS -> throw new IllegalArgumentException("completions have no tools");
        }
    }

    private static ObjectNode largeSchema() {
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        String description = "one of very many \"parameters\", ü 😀; ".repeat(25);
        for (int i = 0; i < SCHEMA_CHARS / description.length() + 1; i++) {
            properties.putObject("p" + i).put("type", "string").put("description", description);
        }
        schema.putArray("required").add("p0");
        return schema;
    }
}
