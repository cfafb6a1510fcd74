package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an inference request asks for, as far as the simulator cares.
 *
 * @param speaks whether it wants words or vectors; without a prompt it only loads or unloads the model
 * @param limit {@code num_predict}, where there is a limit
 * @param inputs how many texts are to be embedded
 * @param script the request's own, from {@code options.simulator}: real servers ignore options they do not know, so it
 *     passes through every gateway
 */
record Ask(
        Kind kind,
        String model,
        boolean stream,
        boolean speaks,
        @Nullable Boolean think,
        boolean tools,
        boolean images,
        @Nullable Integer limit,
        @Nullable Integer contextLength,
        KeepAlive keepAlive,
        int promptTokens,
        int inputs,
        @Nullable Integer dimensions,
        @Nullable Script script) {

    enum Kind {
        GENERATE("GenerateRequest"),
        CHAT("ChatRequest"),
        EMBED("EmbedRequest"),
        EMBEDDINGS("EmbeddingRequest");

        private final String goName;

        Kind(String goName) {
            this.goName = goName;
        }
    }

    private static final Set<String> THINKING_EFFORTS = Set.of("high", "medium", "low", "max");

    /**
     * Reads a request's body.
     *
     * @throws Refusal in Ollama's words
     */
    static Ask read(Kind kind, String body) {
        JsonNode json = object(kind.goName, body);
        JsonNode options = json.path("options");
        boolean speaks = switch (kind) {
            case CHAT -> !messages(kind.goName, json).isEmpty();
            case GENERATE -> !json.path("prompt").asText("").isEmpty();
            case EMBED, EMBEDDINGS -> true;
        };
        return new Ask(
                kind,
                string(kind.goName, json, "model"),
                bool(kind.goName, json, "stream", true),
                speaks,
                think(json.path("think")),
                !json.path("tools").isEmpty(),
                images(kind, json),
                limit(options),
                number(options, "num_ctx"),
                KeepAlive.of(json.get("keep_alive")),
                promptTokens(json),
                inputs(kind, json),
                json.path("dimensions").isInt() ? json.path("dimensions").asInt() : null,
                script(options));
    }

    /** The body as an object of that type, in the manner of Go's decoder. */
    static JsonNode object(String goName, String body) {
        if (body.isBlank()) {
            throw new Refusal(400, "missing request body");
        }
        try {
            JsonNode json = OllamaJson.read(body);
            if (!json.isObject()) {
                throw new Refusal(
                        400, "json: cannot unmarshal " + goKind(json) + " into Go value of type api." + goName);
            }
            return json;
        } catch (JsonEOFException cutShort) {
            throw new Refusal(400, "unexpected EOF");
        } catch (JsonParseException wrong) {
            int at = Math.clamp(wrong.getLocation().getCharOffset(), 0, body.length() - 1);
            throw new Refusal(400, "invalid character '" + body.charAt(at) + "' looking for beginning of value");
        } catch (JsonProcessingException other) {
            throw new Refusal(400, other.getOriginalMessage());
        }
    }

    static String string(String goName, JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw wrongType(goName, field, value, "string");
        }
        return value.asText();
    }

    private static boolean bool(String goName, JsonNode json, String field, boolean absent) {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrongType(goName, field, value, "bool");
        }
        return value.asBoolean();
    }

    /** Absent and null are an empty list, as in Go. */
    private static JsonNode messages(String goName, JsonNode json) {
        JsonNode messages = json.path("messages");
        if (!messages.isMissingNode() && !messages.isNull() && !messages.isArray()) {
            throw wrongType(goName, "messages", messages, "[]api.Message");
        }
        return messages;
    }

    private static Refusal wrongType(String goName, String field, JsonNode value, String type) {
        return new Refusal(
                400,
                "json: cannot unmarshal " + goKind(value) + " into Go struct field " + goName + "." + field
                        + " of type " + type);
    }

    private static String goKind(JsonNode value) {
        return value.isBoolean() ? "bool" : value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Boolean think(JsonNode think) {
        if (think.isMissingNode() || think.isNull()) {
            return null;
        }
        if (think.isBoolean()) {
            return think.asBoolean();
        }
        if (!THINKING_EFFORTS.contains(think.asText())) {
            throw new Refusal(
                    400,
                    "invalid think value: " + think
                            + " (must be \"high\", \"medium\", \"low\", \"max\", true, or false)");
        }
        return true;
    }

    private static boolean images(Kind kind, JsonNode json) {
        if (kind == Kind.CHAT) {
            for (JsonNode message : json.path("messages")) {
                if (!message.path("images").isEmpty()) {
                    return true;
                }
            }
        }
        return !json.path("images").isEmpty();
    }

    private static @Nullable Integer limit(JsonNode options) {
        if (options.has("temperature") && !options.path("temperature").isNumber()) {
            throw new Refusal(500, "option \"temperature\" must be of type float32");
        }
        Integer limit = number(options, "num_predict");
        // A negative one means "without end".
        return limit == null || limit < 0 ? null : limit;
    }

    private static @Nullable Integer number(JsonNode options, String name) {
        JsonNode value = options.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isNumber()) {
            throw new Refusal(500, "option \"" + name + "\" must be of type integer");
        }
        return value.asInt();
    }

    /** About four characters to a token, as in most vocabularies. */
    private static int promptTokens(JsonNode json) {
        int characters = 0;
        for (JsonNode message : json.path("messages")) {
            characters += message.path("content").asText("").length();
        }
        characters += json.path("prompt").asText("").length();
        characters += json.path("system").asText("").length();
        JsonNode input = json.path("input");
        characters += input.asText("").length();
        for (JsonNode text : input) {
            characters += text.asText("").length();
        }
        return characters == 0 ? 0 : characters / 4 + 1;
    }

    private static int inputs(Kind kind, JsonNode json) {
        if (kind != Kind.EMBED) {
            return 1;
        }
        JsonNode input = json.path("input");
        if (input.isTextual()) {
            return 1;
        }
        if (input.isMissingNode() || input.isNull()) {
            return 0;
        }
        boolean texts = input.isArray() && input.valueStream().allMatch(JsonNode::isTextual);
        if (!texts) {
            throw new Refusal(400, "invalid input type");
        }
        return input.size();
    }

    private static @Nullable Script script(JsonNode options) {
        JsonNode script = options.path("simulator");
        if (script.isMissingNode() || script.isNull()) {
            return null;
        }
        try {
            return Script.parse(script);
        } catch (IllegalArgumentException e) {
            throw new Refusal(400, "options.simulator: " + e.getMessage());
        }
    }
}
