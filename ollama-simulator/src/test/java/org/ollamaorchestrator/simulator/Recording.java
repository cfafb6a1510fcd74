package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a real Ollama v0.32.15 was asked, and what it answered. */
record Recording(String method, String path, String requestBody, int status, Map<String, String> headers, String body) {

    static Recording of(String name) {
        JsonNode meta = json(resource(name + ".meta.json"));
        String[] request = meta.path("request").asText().split(" ", 3);
        JsonNode sent = meta.path("request_body");
        String requestBody = sent.isNull() ? "" : sent.isTextual() ? sent.asText() : sent.toString();
        String[] parts = resource(name + ".http").split("\r?\n\r?\n", 2);
        String[] head = parts[0].split("\r?\n", -1);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (int line = 1; line < head.length; line++) {
            String[] header = head[line].split(": ", 2);
            headers.put(header[0], header[1]);
        }
        int status = Integer.parseInt(head[0].split(" ", 3)[1]);
        return new Recording(request[0], request[1], requestBody, status, headers, parts[1]);
    }

    static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Recording.class.getResourceAsStream("/golden/" + name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(String text) {
        try {
            return JsonMapper.builder().build().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** Names in their order and kinds of values, down to the leaves; an array is as its first element. */
    static String shape(JsonNode json) {
        if (json.isObject()) {
            return json.propertyStream()
                    .map(field -> field.getKey() + ":"
                            + (field.getKey().equals("arguments") ? "object" : shape(field.getValue())))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (json.isArray()) {
            return json.isEmpty() ? "[]" : "[" + shape(json.get(0)) + "]";
        }
        return json.getNodeType().name();
    }
}
