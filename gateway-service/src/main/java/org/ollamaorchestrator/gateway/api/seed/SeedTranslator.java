package org.ollamaorchestrator.gateway.api.seed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.agents.Version1;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;

/** The seed's request as Ollama's {@code /api/chat}: the whole conversation, not only its last message. */
final class SeedTranslator {

    /** What the request says in places of its own. */
    private static final List<String> NOT_PARAMETERS = List.of("model", "messages", "prompt", "stream");

    /** What the seed's {@code /api/generate} takes and {@code /api/chat} does not: it would be lost without a word. */
    private static final List<String> GENERATE_ONLY = List.of("suffix", "template", "raw", "context", "images");

    private static final Set<String> KNOWN = Set.of("model", "messages", "parameters");

    private SeedTranslator() {}

    /**
     * @return the request for Ollama
     * @throws ClientErrorException naming the field at fault
     */
    static JobRequest translate(ObjectNode request, ModelAliases aliases) {
        String model = text(request, "model", "model");
        if (model.isBlank()) {
            throw ClientErrorException.badField("model", "is blank");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        ArrayNode messages = body.putArray("messages");
        messages.addAll(messages(request));
        body.put("stream", true);
        parameters(request).ifPresent(parameters -> merge(parameters, body, messages));
        ModelName used = aliases.apply(model, body);
        String json = body.toString();
        return new JobRequest(used, Operation.CHAT, new RawJson(json), Version1.refusal(Operation.CHAT, body, json));
    }

    /** Fields that the seed's API does not have: accepted, and named to the client. */
    static List<String> ignored(ObjectNode request) {
        return request.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !KNOWN.contains(name))
                .toList();
    }

    private static ArrayNode messages(ObjectNode request) {
        JsonNode messages = request.path("messages");
        if (messages.isMissingNode()) {
            throw ClientErrorException.badField("messages", "is missing");
        }
        if (!(messages instanceof ArrayNode array)) {
            throw ClientErrorException.badField("messages", "is not a list");
        }
        if (array.isEmpty()) {
            throw ClientErrorException.badField("messages", "is empty");
        }
        for (int i = 0; i < array.size(); i++) {
            String field = "messages[" + i + "]";
            if (!array.path(i).isObject()) {
                throw ClientErrorException.badField(field, "is not an object");
            }
            requireText(array.path(i), "role", field + ".role");
            requireText(array.path(i), "content", field + ".content");
        }
        return array;
    }

    private static Optional<ObjectNode> parameters(ObjectNode request) {
        JsonNode parameters = request.path("parameters");
        if (parameters.isMissingNode() || parameters.isNull()) {
            return Optional.empty();
        }
        if (!(parameters instanceof ObjectNode object)) {
            throw ClientErrorException.badField("parameters", "is not an object");
        }
        for (String name : NOT_PARAMETERS) {
            if (object.has(name)) {
                throw ClientErrorException.badField("parameters." + name, "may not be set: the request says it itself");
            }
        }
        for (String name : GENERATE_ONLY) {
            if (object.has(name)) {
                throw ClientErrorException.badField("parameters." + name, "has no meaning for a conversation");
            }
        }
        return Optional.of(object);
    }

    /** A {@code system} of the parameters is what {@code /api/generate} calls the first message of a conversation. */
    private static void merge(ObjectNode parameters, ObjectNode body, ArrayNode messages) {
        parameters.properties().forEach(parameter -> {
            if ("system".equals(parameter.getKey())) {
                messages.insertObject(0)
                        .put("role", "system")
                        .put("content", text(parameters, "system", "parameters.system"));
            } else {
                body.set(parameter.getKey(), parameter.getValue());
            }
        });
    }

    private static String text(JsonNode object, String name, String field) {
        requireText(object, name, field);
        return object.path(name).textValue();
    }

    private static void requireText(JsonNode object, String name, String field) {
        JsonNode value = object.path(name);
        if (value.isMissingNode()) {
            throw ClientErrorException.badField(field, "is missing");
        }
        if (!value.isTextual()) {
            throw ClientErrorException.badField(field, "is not a text");
        }
    }
}
