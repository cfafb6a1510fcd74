package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.FieldClasses.Refusal;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.protocol.Operation;

/** A request for a response as Ollama's {@code /api/chat}. */
final class ResponsesTranslator {

    static final FieldClasses FIELDS = new FieldClasses(
            Set.of(
                    "model",
                    "input",
                    "instructions",
                    "stream",
                    "max_output_tokens",
                    "temperature",
                    "top_p",
                    "reasoning",
                    "text",
                    "tools",
                    "tool_choice",
                    "truncation",
                    "options",
                    "keep_alive",
                    "think"),
            Set.of(
                    "store",
                    "metadata",
                    "user",
                    "parallel_tool_calls",
                    "include",
                    "stream_options",
                    "service_tier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "safety_identifier",
                    "max_tool_calls",
                    "top_logprobs"),
            Map.of(
                    "previous_response_id", Refusal.ALWAYS,
                    "conversation", Refusal.ALWAYS,
                    "background", Refusal.UNLESS_FALSE,
                    "prompt", Refusal.ALWAYS));

    private ResponsesTranslator() {}

    /** @throws org.ollamaorchestrator.gateway.api.ClientErrorException naming the field at fault */
    static TranslatedRequest translate(ObjectNode json) {
        FIELDS.check(json);
        RequestObject request = RequestObject.of(json);
        String model = request.requiredWords("model");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        var input = new Input(new Conversation(body.putArray("messages")));
        request.text("instructions").ifPresent(input::instruct);
        input.read(request);
        body.put("stream", true);
        tools(request, body);
        request.object("text")
                .flatMap(text -> text.object("format"))
                .ifPresent(format -> ModelOptions.format(format, body));
        request.text("truncation").ifPresent(truncation -> body.put("truncate", truncates(request, truncation)));
        ModelOptions.put(request, body, "max_output_tokens");
        ModelOptions.think(request, body);
        return new TranslatedRequest(
                model,
                Operation.CHAT,
                body,
                request.isTrue("stream"),
                FIELDS.ignoredIn(json),
                new ResponseForm(new ResponseEcho(json), InstantSource.system()));
    }

    private static boolean truncates(RequestObject request, String truncation) {
        return switch (truncation) {
            case "auto" -> true;
            case "disabled" -> false;
            default -> throw request.wrong("truncation", "is neither auto nor disabled");
        };
    }

    /** Here a tool is flat; for Ollama its function is an object of its own. */
    private static void tools(RequestObject request, ObjectNode body) {
        boolean wanted = ModelOptions.mayCallTools(request);
        for (RequestObject tool : request.objects("tools")) {
            if (!"function".equals(tool.requiredText("type"))) {
                throw tool.wrong("type", "is not function: this gateway runs no tools of its own");
            }
            ObjectNode function = JsonNodeFactory.instance.objectNode().put("name", tool.requiredText("name"));
            tool.text("description").ifPresent(description -> function.put("description", description));
            tool.object("parameters").ifPresent(parameters -> function.set("parameters", parameters.json()));
            if (wanted) {
                ArrayNode tools = body.withArray("/tools");
                tools.addObject().put("type", "function").set("function", function);
            }
        }
    }

    /** The items of the input, while they become messages: what the model said in a row is one message. */
    private static final class Input {

        private final Conversation conversation;

        /** The model's message to which its next call belongs. */
        private @Nullable ObjectNode turn;

        Input(Conversation conversation) {
            this.conversation = conversation;
        }

        void instruct(String instructions) {
            conversation.add("system", new ContentParts(instructions, JsonNodeFactory.instance.arrayNode()));
        }

        void read(RequestObject request) {
            JsonNode input = request.requiredAny("input");
            if (input.isTextual()) {
                conversation.add("user", ContentParts.of(request, "input"));
                return;
            }
            request.requiredObjects("input").forEach(this::add);
        }

        private void add(RequestObject item) {
            switch (item.text("type").orElse("message")) {
                case "message" -> addMessage(item);
                case "reasoning" -> turn().put("thinking", thinking(item));
                case "function_call" ->
                    conversation.addCall(turn(), item.text("call_id").orElse(""), item);
                case "function_call_output" -> {
                    turn = null;
                    conversation.addToolResult(item.requiredText("call_id"), "", ContentParts.of(item, "output"));
                }
                default ->
                    throw item.wrong(
                            "type",
                            "is none of message, reasoning, function_call, function_call_output: this gateway keeps nothing and runs no tools of its own");
            }
        }

        private void addMessage(RequestObject item) {
            ContentParts content = ContentParts.of(item, "content");
            switch (item.requiredText("role")) {
                case "system", "developer" -> addOther("system", content);
                case "user" -> addOther("user", content);
                case "assistant" -> addAssistant(content);
                default -> throw item.wrong("role", "is none of system, developer, user, assistant");
            }
        }

        private void addOther(String role, ContentParts content) {
            turn = null;
            conversation.add(role, content);
        }

        /** What was thought before belongs to it; a second text of the model is a message of its own. */
        private void addAssistant(ContentParts content) {
            ObjectNode before = turn;
            if (before != null && before.path("content").asText().isEmpty() && !before.has("tool_calls")) {
                before.put("content", content.text());
            } else {
                turn = conversation.add("assistant", content);
            }
        }

        private ObjectNode turn() {
            ObjectNode present = turn;
            if (present == null) {
                present = conversation.addAssistant();
                turn = present;
            }
            return present;
        }

        /** The thinking itself, or where a client has only that, its summary. */
        private static String thinking(RequestObject item) {
            var text = new StringJoiner("\n");
            for (RequestObject part : item.objects(item.objects("content").isEmpty() ? "summary" : "content")) {
                text.add(part.requiredText("text"));
            }
            return text.toString();
        }
    }
}
