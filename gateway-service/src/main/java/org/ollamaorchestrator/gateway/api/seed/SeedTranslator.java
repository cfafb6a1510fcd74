package org.ollamaorchestrator.gateway.api.seed;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/** The seed's request as Ollama's {@code /api/chat}: the whole conversation, not only its last message. */
final class SeedTranslator {

    /** What the request says in places of its own. */
    private static final List<String> NOT_PARAMETERS = List.of("model", "messages", "prompt", "stream");

    /** What the seed's {@code /api/generate} takes and {@code /api/chat} does not: it would be lost without a word. */
    private static final List<String> GENERATE_ONLY = List.of("suffix", "template", "raw", "context", "images");

    private static final FieldClasses FIELDS =
            new FieldClasses(Set.of("model", "messages", "parameters"), Set.of(), Map.of());

    private SeedTranslator() {}

    /**
     * @return the request for Ollama
     * @throws org.ollamaorchestrator.gateway.api.ClientErrorException naming the field at fault
     */
    static JobRequest translate(ObjectNode json, ModelAliases aliases) {
        RequestObject request = RequestObject.of(json);
        String model = request.requiredWords("model");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        ArrayNode messages = body.putArray("messages");
        request.requiredObjects("messages").forEach(message -> messages.add(checked(message)));
        body.put("stream", true);
        request.object("parameters").ifPresent(parameters -> merge(parameters, body, messages));
        ModelName used = aliases.apply(model, body);
        return JobRequest.of(used, Operation.CHAT, body);
    }

    /** Fields that the seed's API does not have: accepted, and named to the client. */
    static List<String> ignored(ObjectNode request) {
        return FIELDS.ignoredIn(request);
    }

    /** As it is: only what the seed asks of a message has to be there. */
    private static ObjectNode checked(RequestObject message) {
        for (String name : List.of("role", "content")) {
            var ignored = message.requiredText(name);
        }
        return message.json();
    }

    /** A {@code system} of the parameters is what {@code /api/generate} calls the first message of a conversation. */
    private static void merge(RequestObject parameters, ObjectNode body, ArrayNode messages) {
        refuse(NOT_PARAMETERS, parameters, "may not be set: the request says it itself");
        refuse(GENERATE_ONLY, parameters, "has no meaning for a conversation");
        parameters.json().properties().forEach(parameter -> {
            if ("system".equals(parameter.getKey())) {
                messages.insertObject(0).put("role", "system").put("content", parameters.requiredText("system"));
            } else {
                body.set(parameter.getKey(), parameter.getValue());
            }
        });
    }

    private static void refuse(List<String> names, RequestObject parameters, String problem) {
        for (String name : names) {
            if (parameters.json().has(name)) {
                throw parameters.wrong(name, problem);
            }
        }
    }
}
