package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;

/** The ways to ask the gateway for a stream of words, and what each of them looks like as bytes. */
enum LargeDialect {
    OLLAMA_CHAT("/api/chat") {
        @Override
        String textOf(JsonNode event) {
            return event.path("message").path("content").asText();
        }

        @Override
        boolean isEnd(String data) {
            return Http.json(data).path("done").asBoolean();
        }

        @Override
        void assertBroken(JsonNode last) {
            assertThat(last.path("error").asText()).isNotBlank();
        }

        @Override
        void assertRefused(JsonNode body, int status) {
            assertThat(body.path("error").asText()).isNotBlank();
        }
    },

    OPENAI_CHAT("/v1/chat/completions") {
        @Override
        String textOf(JsonNode event) {
            return event.path("choices").path(0).path("delta").path("content").asText();
        }

        @Override
        boolean isEnd(String data) {
            return data.equals("[DONE]");
        }

        @Override
        void assertBroken(JsonNode last) {
            assertThat(last.path("error").path("message").asText()).isNotBlank();
        }

        @Override
        void assertRefused(JsonNode body, int status) {
            assertOpenAiError(body, status);
        }
    },

    OPENAI_COMPLETIONS("/v1/completions") {
        @Override
        ObjectNode asking(String model, String text) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("model", model)
                    .put("stream", true)
                    .put("prompt", text);
        }

        @Override
        String textOf(JsonNode event) {
            return event.path("choices").path(0).path("text").asText();
        }

        @Override
        boolean isEnd(String data) {
            return data.equals("[DONE]");
        }

        @Override
        void assertBroken(JsonNode last) {
            assertThat(last.path("error").path("message").asText()).isNotBlank();
        }

        @Override
        void assertRefused(JsonNode body, int status) {
            assertOpenAiError(body, status);
        }
    },

    OPENAI_RESPONSES("/v1/responses") {
        @Override
        ObjectNode asking(String model, String text) {
            ObjectNode request =
                    JsonNodeFactory.instance.objectNode().put("model", model).put("stream", true);
            request.putArray("input").addObject().put("role", "user").put("content", text);
            return request;
        }

        @Override
        String textOf(JsonNode event) {
            return isA(event, "response.output_text.delta")
                    ? event.path("delta").asText()
                    : "";
        }

        @Override
        boolean isEnd(String data) {
            return isA(Http.json(data), "response.completed") || isA(Http.json(data), "response.incomplete");
        }

        @Override
        void assertBroken(JsonNode last) {
            assertThat(last.path("type").asText()).isEqualTo("response.failed");
            assertThat(last.path("response").path("status").asText()).isEqualTo("failed");
            assertThat(last.path("response").path("error").path("message").asText())
                    .isNotBlank();
        }

        @Override
        void assertRefused(JsonNode body, int status) {
            assertOpenAiError(body, status);
        }
    },

    ANTHROPIC("/v1/messages") {
        @Override
        ObjectNode asking(String model, String text) {
            return super.asking(model, text).put("max_tokens", 1000);
        }

        @Override
        String textOf(JsonNode event) {
            return isA(event, "content_block_delta")
                    ? event.path("delta").path("text").asText()
                    : "";
        }

        @Override
        boolean isEnd(String data) {
            return isA(Http.json(data), "message_stop");
        }

        @Override
        void assertBroken(JsonNode last) {
            assertThat(last.path("type").asText()).isEqualTo("error");
            assertThat(last.path("error").path("type").asText()).isEqualTo("api_error");
            assertThat(last.path("error").path("message").asText()).isNotBlank();
        }

        @Override
        void assertRefused(JsonNode body, int status) {
            assertThat(body.path("type").asText()).isEqualTo("error");
            assertThat(body.path("error").path("type").asText())
                    .isEqualTo(status == NOT_FOUND ? "not_found_error" : "overloaded_error");
            assertThat(body.path("error").path("message").asText()).isNotBlank();
        }
    };

    private static final int NOT_FOUND = 404;

    private final String path;

    LargeDialect(String path) {
        this.path = path;
    }

    String path() {
        return path;
    }

    /** A request for a stream. */
    ObjectNode asking(String model, String text) {
        ObjectNode request =
                JsonNodeFactory.instance.objectNode().put("model", model).put("stream", true);
        request.putArray("messages").addObject().put("role", "user").put("content", text);
        return request;
    }

    /** The same; the simulator finds its script among Ollama's options, which all dialects take. */
    ObjectNode asking(String model, String text, String script) {
        ObjectNode request = asking(model, text);
        request.putObject("options").set("simulator", Http.json(script));
        return request;
    }

    /** What one event says of the model's words. */
    abstract String textOf(JsonNode event);

    /** Whether this ends a stream that went well. */
    abstract boolean isEnd(String data);

    /** The last event of a stream that broke. */
    abstract void assertBroken(JsonNode last);

    /** The body of a refusal. */
    abstract void assertRefused(JsonNode body, int status);

    /** The data of a stream's events; Ollama's are its lines. */
    List<String> data(String raw) {
        if (this == OLLAMA_CHAT) {
            return raw.lines().toList();
        }
        return raw.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring("data: ".length()))
                .toList();
    }

    /** All events but {@code [DONE]}. */
    List<JsonNode> events(String raw) {
        return data(raw).stream()
                .filter(data -> !data.equals("[DONE]"))
                .map(Http::json)
                .toList();
    }

    String textIn(String raw) {
        return events(raw).stream().map(this::textOf).collect(Collectors.joining());
    }

    void assertEnded(String raw) {
        assertThat(data(raw)).filteredOn(this::isEnd).hasSize(1);
    }

    void assertBrokenWithoutEnd(String raw) {
        assertThat(data(raw)).as("%s", raw).noneMatch(this::isEnd);
        assertBroken(Http.json(data(raw).getLast()));
    }

    private static boolean isA(JsonNode event, String type) {
        return event.path("type").asText().equals(type);
    }

    private static void assertOpenAiError(JsonNode body, int status) {
        JsonNode error = body.path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isEqualTo(status == NOT_FOUND ? "not_found_error" : "api_error");
        assertThat(error.has("param")).isTrue();
        assertThat(error.path("code").asText("")).isEqualTo(status == NOT_FOUND ? "model_not_found" : "");
    }
}
