package org.ollamaorchestrator.gateway.api.ollama;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.gateway.models.AgentChoice;
import org.ollamaorchestrator.gateway.models.ModelAction;
import org.ollamaorchestrator.gateway.models.ModelOrder;
import org.ollamaorchestrator.protocol.ModelName;

/**
 * A change of models as Ollama's own API asks for it.
 *
 * @param streaming whether the client wants to hear of the progress
 */
record ModelChange(ModelOrder order, AgentChoice choice, boolean streaming) {

    /** @throws ClientErrorException in Ollama's own words where it has some */
    static ModelChange of(ModelAction action, ObjectNode body, AgentChoice choice) {
        RequestObject request = RequestObject.of(body);
        return switch (action) {
            case PULL, PUSH, CREATE -> new ModelChange(order(action, request), choice, isStreamed(request));
            case DELETE -> new ModelChange(order(action, request), choice, false);
            case COPY ->
                new ModelChange(
                        ModelOrder.copy(named(request, "source"), named(request, "destination")), choice, false);
            case LOAD, UNLOAD -> throw new IllegalArgumentException("Ollama has no such path");
        };
    }

    private static ModelOrder order(ModelAction action, RequestObject request) {
        for (String files : new String[] {"files", "adapters"}) {
            if (request.has(files)) {
                throw request.wrong(files, "cannot be used: this gateway takes no files");
            }
        }
        ObjectNode fields = request.json().deepCopy();
        fields.remove("name");
        return ModelOrder.of(action, model(request), fields);
    }

    private static boolean isStreamed(RequestObject request) {
        return request.flag("stream").orElse(true);
    }

    /** The older name of the field is {@code name}; Ollama's own command line sends both. */
    private static ModelName model(RequestObject request) {
        Optional<String> model = request.text("model").filter(text -> !text.isBlank());
        return model.or(() -> request.text("name").filter(text -> !text.isBlank()))
                .map(ModelName::new)
                .orElseThrow(() -> ClientErrorException.badRequest("model is required"));
    }

    private static ModelName named(RequestObject request, String field) {
        return new ModelName(request.requiredWords(field));
    }
}
