package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a response repeats of its request, with the defaults of what the request leaves out. */
final class ResponseEcho {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final ObjectNode members = JSON.objectNode();

    ResponseEcho(ObjectNode request) {
        members.put("background", false);
        members.put("previous_response_id", (String) null);
        members.put("store", false);
        echo(request, "instructions", NullNode.getInstance());
        echo(request, "max_output_tokens", NullNode.getInstance());
        echo(request, "max_tool_calls", NullNode.getInstance());
        echo(request, "metadata", JSON.objectNode());
        echo(request, "tools", JSON.arrayNode());
        echo(request, "tool_choice", JSON.textNode("auto"));
        echo(request, "parallel_tool_calls", JSON.booleanNode(true));
        echo(request, "truncation", JSON.textNode("disabled"));
        echo(request, "text", text());
        echo(request, "temperature", JSON.numberNode(1));
        echo(request, "top_p", JSON.numberNode(1));
        members.put("presence_penalty", 0);
        members.put("frequency_penalty", 0);
        members.put("top_logprobs", 0);
        echo(request, "reasoning", NullNode.getInstance());
        members.put("service_tier", "default");
        echo(request, "safety_identifier", NullNode.getInstance());
        echo(request, "prompt_cache_key", NullNode.getInstance());
        echo(request, "user", NullNode.getInstance());
    }

    void addTo(ObjectNode response) {
        response.setAll(members);
    }

    private void echo(ObjectNode request, String name, JsonNode otherwise) {
        members.set(name, request.hasNonNull(name) ? request.path(name) : otherwise);
    }

    private static ObjectNode text() {
        ObjectNode text = JSON.objectNode();
        text.putObject("format").put("type", "text");
        return text;
    }
}
