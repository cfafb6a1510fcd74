package org.ollamaorchestrator.gateway.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.ollamaorchestrator.gateway.agents.Version1;
import org.ollamaorchestrator.gateway.scheduling.Prompt;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * A client's request, translated to Ollama's own API: what every dialect turns its requests into.
 *
 * @param body the request as Ollama takes it
 * @param version2Because why an agent of version 1 cannot take it; empty if it can
 * @param usesModel whether the model has to be in an agent's memory for it
 * @param contextLength the {@code num_ctx} that it insists on
 * @param answerTokensMax the {@code num_predict} that it sets; empty if it leaves the length of its answer open
 * @param tokensMax what Ollama can count for its prompt and answer at most; empty if its answer has no bound
 * @param load the request that brings its model into memory, under the same options
 */
public record JobRequest(
        ModelName model,
        Operation operation,
        RawJson body,
        Optional<String> version2Because,
        boolean usesModel,
        OptionalInt contextLength,
        OptionalInt answerTokensMax,
        OptionalLong tokensMax,
        Prompt prompt,
        RawJson load) {

    /** What an answer is expected to have at most, of which nobody says how long it may be. */
    private static final int ANSWER_TOKENS = 1_000;

    /** Of plain English; a guess for what is counted exactly afterwards. */
    private static final int BYTES_PER_TOKEN = 4;

    /** An image as models see it: the largest are cut into some thousand pieces. */
    private static final long IMAGE_TOKENS = 8_192;

    /** For what a model itself puts around a prompt: a system message, and the marks of its template. */
    private static final long MODELS_OWN_TOKENS = 1_024;

    /** Any odd number that spreads. */
    private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

    /** @param body the request as Ollama takes it; not to be changed any more */
    public static JobRequest of(ModelName model, Operation operation, ObjectNode body) {
        String text = body.toString();
        JsonNode options = body.path("options");
        OptionalInt contextLength = number(options.path("num_ctx"));
        OptionalInt answerTokensMax = number(options.path("num_predict"), 1);
        return new JobRequest(
                model,
                operation,
                new RawJson(text),
                Version1.refusal(operation, body, text),
                operation.takesSlot() && !model.isOfTheCloud() && !unloads(operation, body),
                contextLength,
                answerTokensMax,
                tokensMax(model, operation, body, text, contextLength, answerTokensMax),
                prompt(model, operation, body),
                RawJson.of(load(operation, body)));
    }

    /** How many tokens the prompt and its answer will have, about: what a key's minute has less until they are counted. */
    public long tokensExpected() {
        return prompt.bytes() / BYTES_PER_TOKEN
                + (operation.generates() ? Math.min(ANSWER_TOKENS, answerTokensMax.orElse(ANSWER_TOKENS)) : 0);
    }

    /** What it has used if Ollama did not say: a line is a token, mostly, where there are tokens. */
    JobUsage used(long lines) {
        return JobUsage.guessed(prompt.bytes(), operation.generates() ? lines : 0);
    }

    private static OptionalLong tokensMax(
            ModelName model,
            Operation operation,
            ObjectNode body,
            String text,
            OptionalInt contextLength,
            OptionalInt answerTokensMax) {
        return switch (operation) {
            case CHAT, GENERATE -> {
                long prompt = promptTokensMax(body, text);
                // Ollama cuts a prompt to its context; what a host of the cloud makes of the option, nobody knows.
                if (contextLength.isPresent() && contextLength.getAsInt() > 0 && !model.isOfTheCloud()) {
                    prompt = Math.min(prompt, contextLength.getAsInt());
                }
                // A model that thinks before it answers in a given form is run twice, each time within the bound, and
                // the second time has the thoughts in its prompt.
                long runs = body.hasNonNull("format") ? 2 : 1;
                yield answerTokensMax.isPresent()
                        ? OptionalLong.of(prompt + MODELS_OWN_TOKENS + runs * answerTokensMax.getAsInt())
                        : OptionalLong.empty();
            }
            case EMBED, EMBEDDINGS -> OptionalLong.of(promptTokensMax(body, text) + MODELS_OWN_TOKENS);
            case LOAD, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> OptionalLong.of(0);
        };
    }

    /** A token is a byte or more, and what JSON has around a text makes up for the marks around it in the prompt. */
    private static long promptTokensMax(ObjectNode body, String text) {
        long tokens = MessageCodec.utf8Bytes(text) + imagesTokens(body.path("images"));
        for (JsonNode message : body.path("messages")) {
            tokens += imagesTokens(message.path("images"));
        }
        return tokens;
    }

    /** Instead of the length of their text. */
    private static long imagesTokens(JsonNode images) {
        long tokens = 0;
        for (JsonNode image : images) {
            tokens += IMAGE_TOKENS - image.asText().length();
        }
        return tokens;
    }

    private static OptionalInt number(JsonNode node) {
        return node.canConvertToInt() ? OptionalInt.of(node.intValue()) : OptionalInt.empty();
    }

    private static OptionalInt number(JsonNode node, int least) {
        return node.canConvertToInt() && node.intValue() >= least
                ? OptionalInt.of(node.intValue())
                : OptionalInt.empty();
    }

    /** A request of Ollama's own API without a prompt, whose {@code keep_alive} is nothing. */
    private static boolean unloads(Operation operation, ObjectNode body) {
        return isNothing(body.path("keep_alive"))
                && switch (operation) {
                    case CHAT -> body.path("messages").isEmpty();
                    case GENERATE -> body.path("prompt").asText().isEmpty();
                    case LOAD, EMBED, EMBEDDINGS, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> false;
                };
    }

    /** Ollama takes a number of seconds, or a text such as {@code 5m}. */
    private static boolean isNothing(JsonNode keepAlive) {
        return keepAlive.isNumber()
                ? keepAlive.asDouble() == 0
                : keepAlive.isTextual() && keepAlive.textValue().matches("0+(\\.0+)?[a-zµ]*");
    }

    /** A {@code keep_alive} of nothing is for after the request itself: until then the model has to stay. */
    private static ObjectNode load(Operation operation, ObjectNode body) {
        ObjectNode load = JsonNodeFactory.instance.objectNode();
        load.set("model", body.path("model"));
        if (body.path("options").isObject()) {
            load.set("options", body.path("options"));
        }
        if (body.hasNonNull("keep_alive") && !isNothing(body.path("keep_alive"))) {
            load.set("keep_alive", body.path("keep_alive"));
        }
        switch (operation) {
            case EMBED, EMBEDDINGS -> load.putArray("input");
            case CHAT, GENERATE, LOAD, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> load.put("stream", false);
        }
        return load;
    }

    private static Prompt prompt(ModelName model, Operation operation, ObjectNode body) {
        return switch (operation) {
            case CHAT -> conversation(model, body);
            case GENERATE ->
                new Prompt(
                        body.path("prompt").asText().length()
                                + (long) body.path("system").asText().length(),
                        List.of());
            case EMBED, EMBEDDINGS, LOAD, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> Prompt.NONE;
        };
    }

    private static Prompt conversation(ModelName model, ObjectNode body) {
        long hash = mixed(model.canonical().hashCode(), body.path("tools"));
        long bytes = 0;
        var prefixes = new ArrayList<Prompt.Prefix>();
        for (JsonNode message : body.path("messages")) {
            hash = mixed(hash, message.path("role"));
            hash = mixed(hash, message.path("content"));
            hash = mixed(hash, message.path("images"));
            hash = mixed(hash, message.path("tool_calls"));
            bytes += message.path("content").asText().length();
            prefixes.add(new Prompt.Prefix(hash, bytes));
        }
        return new Prompt(bytes, prefixes);
    }

    private static long mixed(long hash, JsonNode node) {
        return (hash ^ node.hashCode()) * HASH_FACTOR;
    }
}
