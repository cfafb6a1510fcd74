package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What a real Ollama said, and how this package's tests read answers. */
@NullMarked
final class Recordings {

    static final AnswerHead HEAD = new AnswerHead("k", Instant.ofEpochSecond(1795358016), "my-model");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private Recordings() {}

    static List<String> lines(String name) {
        return text(name + ".ndjson").lines().toList();
    }

    static String text(String name) {
        try (InputStream in = Objects.requireNonNull(
                Recordings.class.getResourceAsStream("/golden/openai/" + name), "a recording " + name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    static JsonNode json(byte[] text) {
        return json(new String(text, UTF_8));
    }

    static ObjectNode object(String text) {
        return (ObjectNode) json(text);
    }

    /** The data of the events, {@code [DONE]} left out. */
    static List<JsonNode> data(byte[]... events) {
        return Stream.of(events)
                .flatMap(each -> new String(each, UTF_8).lines())
                .filter(line -> line.startsWith("data: {"))
                .map(line -> json(line.substring("data: ".length())))
                .toList();
    }

    /** Where every object has its members, whatever their values. */
    static String shape(JsonNode node) {
        if (node.isObject()) {
            var members = node.properties().stream()
                    .map(member -> member.getKey() + ":" + shape(member.getValue()))
                    .sorted()
                    .toList();
            return "{" + String.join(",", members) + "}";
        }
        if (node.isArray()) {
            return node.isEmpty() ? "[]" : "[" + shape(node.path(0)) + "]";
        }
        return node.getNodeType().toString();
    }
}
