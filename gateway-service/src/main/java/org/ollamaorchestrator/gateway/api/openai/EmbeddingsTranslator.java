package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.protocol.Operation;

/** A request for embeddings as Ollama's {@code /api/embed}. */
final class EmbeddingsTranslator {

    static final FieldClasses FIELDS = new FieldClasses(
            Set.of("model", "input", "dimensions", "encoding_format", "truncate", "options", "keep_alive"),
            Set.of("user"),
            Map.of());

    private EmbeddingsTranslator() {}

    /** @throws org.ollamaorchestrator.gateway.api.ClientErrorException naming the field at fault */
    static TranslatedRequest translate(ObjectNode json) {
        FIELDS.check(json);
        RequestObject request = RequestObject.of(json);
        String model = request.requiredWords("model");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        body.set("input", input(request));
        request.integer("dimensions").ifPresent(dimensions -> body.put("dimensions", dimensions));
        request.flag("truncate").ifPresent(truncate -> body.put("truncate", truncate));
        request.object("options").ifPresent(options -> body.set("options", options.json()));
        ModelOptions.keepAlive(request, body);
        return new TranslatedRequest(
                model, Operation.EMBED, body, false, FIELDS.ignoredIn(json), new EmbeddingsForm(isBase64(request)));
    }

    private static JsonNode input(RequestObject request) {
        JsonNode input = request.requiredAny("input");
        if (input.isTextual()) {
            return input;
        }
        if (!input.isArray()) {
            throw request.wrong("input", "is neither a text nor a list of texts");
        }
        if (input.isEmpty()) {
            throw request.wrong("input", "is empty");
        }
        for (int i = 0; i < input.size(); i++) {
            if (!input.path(i).isTextual()) {
                throw request.wrong("input[" + i + "]", "is not a text: this gateway takes no tokens");
            }
        }
        return input;
    }

    private static boolean isBase64(RequestObject request) {
        return switch (request.text("encoding_format").orElse("float")) {
            case "float" -> false;
            case "base64" -> true;
            default -> throw request.wrong("encoding_format", "is neither float nor base64");
        };
    }
}
