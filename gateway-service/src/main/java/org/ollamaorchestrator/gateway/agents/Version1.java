package org.ollamaorchestrator.gateway.agents;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * Ollama's requests as prompts of version 1, and its tokens as Ollama's lines, so that nobody behind the session has to
 * know which version an agent speaks. Pure.
 */
public final class Version1 {

    /** What a job frame has besides the request: its type, its id, the names of its fields. */
    private static final int ENVELOPE_BYTES = 1_000;

    private static final Set<String> SAID_OTHERWISE = Set.of("model", "messages", "prompt", "stream");

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private Version1() {}

    /**
     * Why a request cannot be sent to an agent of version 1; empty if it can.
     *
     * @param text the same body as it will be sent
     */
    public static Optional<String> refusal(Operation operation, JsonNode body, String text) {
        if (!isGeneration(operation)) {
            return Optional.of("the agents that have the model cannot do more than generate text");
        }
        if (!body.path("stream").asBoolean(true)) {
            return Optional.of("the agents that have the model can only stream");
        }
        if (MessageCodec.utf8Bytes(text) + ENVELOPE_BYTES > ProtocolLimits.VERSION_1_JOB_BYTES_MAX) {
            return Optional.of("the request is too long for the agents that have the model");
        }
        if (!body.path("tools").isEmpty()) {
            return Optional.of("the agents that have the model cannot take tools");
        }
        if (!body.path("images").isEmpty()) {
            return Optional.of("the agents that have the model cannot take images");
        }
        for (JsonNode message : body.path("messages")) {
            if (!message.path("images").isEmpty()) {
                return Optional.of("the agents that have the model cannot take images");
            }
            if (!message.path("tool_calls").isEmpty()
                    || "tool".equals(message.path("role").asText())) {
                return Optional.of("the agents that have the model cannot take tools");
            }
        }
        return Optional.empty();
    }

    /**
     * The request as a prompt: a conversation is written out, its system messages become {@code parameters.system}, and
     * everything else of the request goes into the parameters.
     */
    static PromptJob promptJob(OutgoingJob job) {
        ObjectNode body = read(job.body());
        ObjectNode parameters = JSON.createObjectNode();
        body.properties().forEach(field -> {
            if (!SAID_OTHERWISE.contains(field.getKey())) {
                parameters.set(field.getKey(), field.getValue());
            }
        });
        String prompt = switch (job.operation()) {
            case GENERATE -> body.path("prompt").asText();
            case CHAT -> {
                String system = systemOf(body.path("messages"));
                if (!system.isEmpty()) {
                    parameters.put("system", system);
                }
                yield conversation(body.path("messages"));
            }
            case LOAD, EMBED, EMBEDDINGS, SHOW, PULL, DELETE, COPY, CREATE, PUSH ->
                throw refusedBefore(job.operation());
        };
        return new PromptJob(job.id(), job.model(), prompt, parameters.isEmpty() ? null : RawJson.of(parameters));
    }

    /** One token as the line that Ollama would have sent for it. */
    static String line(ModelName model, Operation operation, String token, boolean done, Instant at) {
        ObjectNode line = JSON.createObjectNode();
        line.put("model", model.written());
        line.put("created_at", at.toString());
        switch (operation) {
            case CHAT -> line.putObject("message").put("role", "assistant").put("content", token);
            case GENERATE -> line.put("response", token);
            case LOAD, EMBED, EMBEDDINGS, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> throw refusedBefore(operation);
        }
        line.put("done", done);
        if (done) {
            line.put("done_reason", "stop");
        }
        return line.toString();
    }

    private static boolean isGeneration(Operation operation) {
        return switch (operation) {
            case CHAT, GENERATE -> true;
            case LOAD, EMBED, EMBEDDINGS, SHOW, PULL, DELETE, COPY, CREATE, PUSH -> false;
        };
    }

    private static IllegalStateException refusedBefore(Operation operation) {
        return new IllegalStateException("version 1 has no " + operation.wireName());
    }

    private static String systemOf(JsonNode messages) {
        var system = new StringBuilder();
        for (JsonNode message : messages) {
            if (isSystem(message)) {
                system.append(system.isEmpty() ? "" : "\n\n")
                        .append(message.path("content").asText());
            }
        }
        return system.toString();
    }

    private static String conversation(JsonNode messages) {
        var turns = new StringBuilder();
        int count = 0;
        String last = "";
        for (JsonNode message : messages) {
            if (!isSystem(message)) {
                count++;
                last = message.path("content").asText();
                turns.append(speaker(message)).append(": ").append(last).append("\n\n");
            }
        }
        return count == 1 ? last : turns.append("Assistant:").toString();
    }

    private static boolean isSystem(JsonNode message) {
        return "system".equals(message.path("role").asText());
    }

    private static String speaker(JsonNode message) {
        String role = message.path("role").asText();
        return role.isEmpty() ? "User" : role.substring(0, 1).toUpperCase(Locale.ROOT) + role.substring(1);
    }

    private static ObjectNode read(RawJson body) {
        try {
            return (ObjectNode) JSON.readTree(body.text());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a request of ours is not JSON", e);
        }
    }

    /** What a session keeps of a job that it gave to an agent of version 1. Used on the session's event loop. */
    static final class Running {

        private final ModelName model;
        private final Operation operation;
        private long lines;
        private boolean whole;

        Running(ModelName model, Operation operation) {
            this.model = model;
            this.operation = operation;
        }

        /** The token's line and its number; null once the answer is whole. */
        @Nullable Lines next(JobId job, String token, boolean done) {
            if (whole) {
                return null;
            }
            whole = done;
            lines++;
            return new Lines(job, lines, List.of(line(model, operation, token, done, Instant.now())));
        }

        boolean isWhole() {
            return whole;
        }

        /** The seed's agent swallows an error of its Ollama: then nothing came at all. */
        boolean isEmpty() {
            return lines == 0;
        }
    }
}
