package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.FieldClasses.Refusal;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.protocol.Operation;

/** A request for a chat completion as Ollama's {@code /api/chat}. */
final class ChatTranslator {

    static final FieldClasses FIELDS = new FieldClasses(
            Set.of(
                    "model",
                    "messages",
                    "stream",
                    "stream_options",
                    "max_tokens",
                    "max_completion_tokens",
                    "temperature",
                    "top_p",
                    "seed",
                    "stop",
                    "frequency_penalty",
                    "presence_penalty",
                    "response_format",
                    "reasoning_effort",
                    "reasoning",
                    "logprobs",
                    "top_logprobs",
                    "tools",
                    "tool_choice",
                    "options",
                    "keep_alive",
                    "think"),
            Set.of(
                    "user",
                    "store",
                    "metadata",
                    "parallel_tool_calls",
                    "service_tier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "safety_identifier",
                    "verbosity",
                    "prediction"),
            Map.of(
                    "n", Refusal.UNLESS_ONE,
                    "logit_bias", Refusal.UNLESS_EMPTY,
                    "audio", Refusal.ALWAYS,
                    "modalities", Refusal.unless(ChatTranslator::isOnlyText),
                    "web_search_options", Refusal.ALWAYS,
                    "functions", Refusal.UNLESS_EMPTY,
                    "function_call", Refusal.ALWAYS));

    private ChatTranslator() {}

    /** @throws org.ollamaorchestrator.gateway.api.ClientErrorException naming the field at fault */
    static TranslatedRequest translate(ObjectNode json) {
        FIELDS.check(json);
        RequestObject request = RequestObject.of(json);
        String model = request.requiredWords("model");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        messages(request, body.putArray("messages"));
        body.put("stream", true);
        tools(request, body);
        request.object("response_format").ifPresent(format -> ModelOptions.format(format, body));
        ModelOptions.put(request, body, "max_completion_tokens", "max_tokens");
        ModelOptions.think(request, body);
        boolean logprobs = request.isTrue("logprobs");
        if (logprobs) {
            body.put("logprobs", true);
        }
        request.integer("top_logprobs").ifPresent(top -> body.put("top_logprobs", top));
        return new TranslatedRequest(
                model,
                Operation.CHAT,
                body,
                request.isTrue("stream"),
                FIELDS.ignoredIn(json),
                new ChatForm(ModelOptions.includeUsage(request), logprobs));
    }

    private static boolean isOnlyText(JsonNode modalities) {
        return modalities.isArray()
                && modalities.size() == 1
                && "text".equals(modalities.path(0).asText());
    }

    private static void messages(RequestObject request, ArrayNode to) {
        var conversation = new Conversation(to);
        for (RequestObject message : request.requiredObjects("messages")) {
            add(message, conversation);
        }
    }

    private static void add(RequestObject message, Conversation to) {
        switch (message.requiredText("role")) {
            case "system", "developer" -> to.add("system", ContentParts.of(message, "content"));
            case "user" -> to.add("user", ContentParts.of(message, "content"));
            case "assistant" -> addAssistant(message, to);
            case "tool" ->
                to.addToolResult(
                        message.text("tool_call_id").orElse(""),
                        message.text("name").orElse(""),
                        ContentParts.of(message, "content"));
            case "function" -> to.addToolResult("", message.requiredText("name"), ContentParts.of(message, "content"));
            default -> throw message.wrong("role", "is none of system, developer, user, assistant, tool");
        }
    }

    private static void addAssistant(RequestObject message, Conversation to) {
        ObjectNode translated =
                message.has("content") ? to.add("assistant", ContentParts.of(message, "content")) : to.addAssistant();
        message.text("reasoning_content")
                .or(() -> message.text("reasoning"))
                .ifPresent(thinking -> translated.put("thinking", thinking));
        for (RequestObject call : message.objects("tool_calls")) {
            to.addCall(translated, call.text("id").orElse(""), call.requiredObject("function"));
        }
    }

    private static void tools(RequestObject request, ObjectNode body) {
        boolean wanted = ModelOptions.mayCallTools(request);
        for (RequestObject tool : request.objects("tools")) {
            if (!"function".equals(tool.requiredText("type"))) {
                throw tool.wrong("type", "is not function: this gateway runs no tools of its own");
            }
            var ignored = tool.requiredObject("function").requiredText("name");
            if (wanted) {
                body.withArray("/tools").add(tool.json());
            }
        }
    }
}
