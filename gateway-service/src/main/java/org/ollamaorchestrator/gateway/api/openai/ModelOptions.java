package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;

/** Those fields of a request that all endpoints with a model's text have in common, as Ollama's. */
final class ModelOptions {

    private static final List<String> NUMBERS =
            List.of("temperature", "top_p", "frequency_penalty", "presence_penalty");

    private ModelOptions() {}

    /**
     * Sets {@code options} and {@code keep_alive}; OpenAI's own fields win over the same ones in {@code options}.
     *
     * @param maxTokens the names under which the request may bound the answer; the first one present counts
     */
    static void put(RequestObject request, ObjectNode body, String... maxTokens) {
        ObjectNode options = request.object("options")
                .map(own -> own.json().deepCopy())
                .orElseGet(JsonNodeFactory.instance::objectNode);
        for (String name : NUMBERS) {
            request.number(name).ifPresent(value -> options.set(name, value));
        }
        request.integer("seed").ifPresent(seed -> options.put("seed", seed));
        if (request.has("stop")) {
            options.set("stop", stop(request));
        }
        for (String name : List.of(maxTokens).reversed()) {
            request.integer(name).ifPresent(most -> options.put("num_predict", most));
        }
        if (!options.isEmpty()) {
            body.set("options", options);
        }
        keepAlive(request, body);
    }

    /** Whether a stream is to end with the usage. */
    static boolean includeUsage(RequestObject request) {
        return request.object("stream_options")
                .map(options -> options.isTrue("include_usage"))
                .orElse(false);
    }

    static void keepAlive(RequestObject request, ObjectNode body) {
        request.any("keep_alive").ifPresent(value -> {
            if (!value.isTextual() && !value.isNumber()) {
                throw request.wrong("keep_alive", "is neither a duration nor a number of seconds");
            }
            body.set("keep_alive", value);
        });
    }

    /** Sets {@code think} by {@code reasoning_effort}, {@code reasoning.effort}, or Ollama's own {@code think}. */
    static void think(RequestObject request, ObjectNode body) {
        request.any("think").ifPresent(value -> {
            if (!value.isBoolean() && !value.isTextual()) {
                throw request.wrong("think", "is neither true nor false nor a level");
            }
            body.set("think", value);
        });
        request.object("reasoning").ifPresent(reasoning -> effort(reasoning, "effort", body));
        effort(request, "reasoning_effort", body);
    }

    private static void effort(RequestObject object, String name, ObjectNode body) {
        object.text(name).ifPresent(effort -> {
            switch (effort) {
                case "none" -> body.put("think", false);
                case "minimal", "low" -> body.put("think", "low");
                case "medium" -> body.put("think", "medium");
                case "high", "xhigh" -> body.put("think", "high");
                case "max" -> body.put("think", "max");
                default -> throw object.wrong(name, "is none of none, minimal, low, medium, high, xhigh, max");
            }
        });
    }

    /** Sets {@code format} by an object with {@code type}: text, any JSON object, or one of a schema. */
    static void format(RequestObject format, ObjectNode body) {
        String type = format.requiredText("type");
        switch (type) {
            case "text" -> {}
            case "json_object" -> body.put("format", "json");
            case "json_schema" -> {
                RequestObject holder = format.object("json_schema").orElse(format);
                body.set("format", holder.requiredObject("schema").json());
            }
            default -> throw format.wrong("type", "is none of text, json_object, json_schema");
        }
    }

    /**
     * Whether the model may call tools at all.
     *
     * @throws ClientErrorException if it has to: Ollama cannot make it
     */
    static boolean mayCallTools(RequestObject request) {
        return request.any("tool_choice")
                .map(choice -> switch (choice.asText()) {
                    case "auto" -> true;
                    case "none" -> false;
                    default ->
                        throw request.wrong("tool_choice", "is neither auto nor none: Ollama cannot force a tool call");
                })
                .orElse(true);
    }

    private static ArrayNode stop(RequestObject request) {
        ArrayNode stops = JsonNodeFactory.instance.arrayNode();
        request.any("stop").ifPresent(value -> {
            if (value.isTextual()) {
                stops.add(value);
            } else {
                request.list("stop").ifPresent(stops::addAll);
            }
        });
        for (var each : stops) {
            if (!each.isTextual()) {
                throw request.wrong("stop", "is neither a text nor a list of texts");
            }
        }
        return stops;
    }
}
