package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.protocol.ModelName;

/** A request of {@code /v1/messages} as one of Ollama's {@code /api/chat}; pure. {@link AnthropicFields} lists the fields. */
final class AnthropicTranslator {

    private final RequestObject request;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final Collection<String> ignored = new LinkedHashSet<>();

    private AnthropicTranslator(ObjectNode request) {
        this.request = RequestObject.of(request);
    }

    /**
     * @return the request for Ollama; it always streams, whatever the client wants
     * @throws ClientErrorException naming the field at fault
     */
    static AnthropicRequest translate(ObjectNode request, ModelAliases aliases) {
        var translator = new AnthropicTranslator(request);
        translator.requireMaxTokens();
        return translator.translated(aliases);
    }

    /** The same for a request whose tokens shall be counted: it needs no {@code max_tokens}. */
    static AnthropicRequest translateToCount(ObjectNode request, ModelAliases aliases) {
        return new AnthropicTranslator(request).translated(aliases);
    }

    private AnthropicRequest translated(ModelAliases aliases) {
        String asked = request.requiredWords("model");
        boolean streams = request.isTrue("stream");
        body.put("model", asked);
        AnthropicFields.addIgnored(request.json(), "", ignored);
        AnthropicFields.CLASSES.check(request.json());
        translateMessages();
        body.put("stream", true);
        translateTools();
        List<String> askingToThink = translateThinking();
        translateFormat();
        translateOptions();
        translateKeepAlive();
        ModelName model = aliases.apply(asked, body);
        return AnthropicRequest.of(asked, model, body, streams, List.copyOf(ignored), askingToThink);
    }

    private void requireMaxTokens() {
        if (!request.has("max_tokens")) {
            throw request.wrong("max_tokens", "is missing");
        }
    }

    private void translateMessages() {
        var conversation = new Conversation(body.putArray("messages"), ignored);
        conversation.addSystem(request);
        conversation.addMessages(request);
    }

    private void translateTools() {
        ArrayNode tools = JsonNodeFactory.instance.arrayNode();
        request.objects("tools").forEach(tool -> translateTool(tool, tools));
        if (mayCallTools() && !tools.isEmpty()) {
            body.set("tools", tools);
        }
    }

    private void translateTool(RequestObject tool, ArrayNode tools) {
        if (tool.has("type") && !"custom".equals(tool.requiredText("type"))) {
            throw tool.wrong("type", "is not custom: this gateway runs no tools itself");
        }
        AnthropicFields.addIgnored(tool.json(), "tools.", ignored);
        ObjectNode function = tools.addObject().put("type", "function").putObject("function");
        function.put("name", tool.requiredWords("name"));
        tool.text("description").ifPresent(description -> function.put("description", description));
        function.set("parameters", tool.requiredObject("input_schema").json());
    }

    private boolean mayCallTools() {
        Optional<RequestObject> choice = request.object("tool_choice");
        if (choice.isEmpty()) {
            return true;
        }
        AnthropicFields.addIgnored(choice.get().json(), "tool_choice.", ignored);
        return switch (choice.get().requiredText("type")) {
            case "auto" -> true;
            case "none" -> false;
            case "any", "tool" ->
                throw choice.get()
                        .wrong("type", "cannot be honoured: Ollama leaves it to the model whether to call tools");
            default -> throw choice.get().wrong("type", "is not auto, none, any or tool");
        };
    }

    /**
     * The client's own {@code think} comes first; then thinking switched off; then a level; then thinking switched on.
     *
     * @return what asks for thinking, but for {@code think}: whoever writes that wants Ollama's own answer to it
     */
    private List<String> translateThinking() {
        Optional<JsonNode> asked = thinking();
        Optional<JsonNode> level = effort();
        Optional<JsonNode> own = request.any("think");
        if (own.isPresent()) {
            JsonNode think = own.get();
            if (!think.isBoolean() && !think.isTextual()) {
                throw request.wrong("think", "is not true, false or a level");
            }
            body.set("think", think);
            return List.of();
        }
        if (asked.isPresent() && !asked.get().booleanValue()) {
            body.set("think", asked.get());
            return List.of();
        }
        level.or(() -> asked).ifPresent(think -> body.set("think", think));
        var asking = new ArrayList<String>();
        asked.ifPresent(on -> asking.add("thinking"));
        level.ifPresent(how -> asking.add("output_config.effort"));
        return asking;
    }

    private Optional<JsonNode> thinking() {
        Optional<RequestObject> thinking = request.object("thinking");
        if (thinking.isEmpty()) {
            return Optional.empty();
        }
        AnthropicFields.addIgnored(thinking.get().json(), "thinking.", ignored);
        return switch (thinking.get().requiredText("type")) {
            case "enabled" -> Optional.of(BooleanNode.TRUE);
            case "disabled" -> Optional.of(BooleanNode.FALSE);
            case "adaptive", "between_tools" -> Optional.empty();
            default -> throw thinking.get().wrong("type", "is not enabled, disabled, adaptive or between_tools");
        };
    }

    private Optional<JsonNode> effort() {
        Optional<RequestObject> output = request.object("output_config");
        if (output.isEmpty()) {
            return Optional.empty();
        }
        AnthropicFields.addIgnored(output.get().json(), "output_config.", ignored);
        return output.get().text("effort").map(effort -> switch (effort) {
            case "low", "medium", "high", "max" -> TextNode.valueOf(effort);
            case "xhigh" -> TextNode.valueOf("max");
            default -> throw output.get().wrong("effort", "is not low, medium, high, xhigh or max");
        });
    }

    private void translateFormat() {
        Optional<RequestObject> wanted = request.object("output_config")
                .flatMap(output -> output.object("format"))
                .or(() -> request.object("output_format"));
        wanted.ifPresent(format -> {
            if (!"json_schema".equals(format.requiredText("type"))) {
                throw format.wrong("type", "is not json_schema");
            }
            body.set("format", format.requiredObject("schema").json());
        });
    }

    /** What Anthropic's API has a field for comes from that field; Ollama's own {@code options} say the rest. */
    private void translateOptions() {
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        request.object("options").ifPresent(own -> options.setAll(own.json()));
        request.integer("max_tokens").ifPresent(max -> {
            if (max <= 0) {
                throw request.wrong("max_tokens", "is not positive");
            }
            options.put("num_predict", max);
        });
        request.number("temperature").ifPresent(temperature -> options.set("temperature", temperature));
        request.number("top_p").ifPresent(topP -> options.set("top_p", topP));
        request.integer("top_k").ifPresent(topK -> options.put("top_k", topK));
        stopSequences().ifPresent(stop -> options.set("stop", stop));
        if (!options.isEmpty()) {
            body.set("options", options);
        }
    }

    private Optional<ArrayNode> stopSequences() {
        Optional<ArrayNode> sequences = request.list("stop_sequences").filter(stop -> !stop.isEmpty());
        sequences.ifPresent(stop -> {
            for (int i = 0; i < stop.size(); i++) {
                if (!stop.path(i).isTextual()) {
                    throw request.wrong("stop_sequences[" + i + "]", "is not a text");
                }
            }
        });
        return sequences;
    }

    private void translateKeepAlive() {
        request.any("keep_alive").ifPresent(keepAlive -> {
            if (!keepAlive.isTextual() && !keepAlive.isNumber()) {
                throw request.wrong("keep_alive", "is not a duration, such as \"5m\" or a number of seconds");
            }
            body.set("keep_alive", keepAlive);
        });
    }
}
