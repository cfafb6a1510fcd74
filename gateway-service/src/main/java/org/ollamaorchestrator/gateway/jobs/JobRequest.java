package org.ollamaorchestrator.gateway.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.ollamaorchestrator.gateway.agents.Version1;
import org.ollamaorchestrator.gateway.scheduling.Prompt;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * A client's request, translated to Ollama's own API: what every dialect turns its requests into.
 *
 * @param body the request as Ollama takes it
 * @param version2Because why an agent of version 1 cannot take it; empty if it can
 * @param usesModel whether the model has to be in an agent's memory for it
 * @param contextLength the {@code num_ctx} that it insists on
 * @param answerTokensMax the {@code num_predict} that it sets
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
        Prompt prompt,
        RawJson load) {

    /** What an answer is expected to have at most, of which nobody says how long it may be. */
    private static final int ANSWER_TOKENS = 1_000;

    /** Of plain English; a guess for what is counted exactly afterwards. */
    private static final int BYTES_PER_TOKEN = 4;

    /** Any odd number that spreads. */
    private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

    /** @param body the request as Ollama takes it; not to be changed any more */
    public static JobRequest of(ModelName model, Operation operation, ObjectNode body) {
        String text = body.toString();
        JsonNode options = body.path("options");
        return new JobRequest(
                model,
                operation,
                new RawJson(text),
                Version1.refusal(operation, body, text),
                operation.takesSlot() && !model.isOfTheCloud() && !unloads(operation, body),
                number(options.path("num_ctx")),
                number(options.path("num_predict")),
                prompt(model, operation, body),
                RawJson.of(load(operation, body)));
    }

    /** How many tokens the prompt and its answer will have, about: what a key's account reserves for it. */
    public long tokensExpected() {
        int answer = answerTokensMax.orElse(ANSWER_TOKENS);
        return prompt.bytes() / BYTES_PER_TOKEN
                + (operation.generates() ? Math.min(ANSWER_TOKENS, answer < 0 ? ANSWER_TOKENS : answer) : 0);
    }

    private static OptionalInt number(JsonNode node) {
        return node.canConvertToInt() ? OptionalInt.of(node.intValue()) : OptionalInt.empty();
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
