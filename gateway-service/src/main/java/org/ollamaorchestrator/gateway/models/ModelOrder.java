package org.ollamaorchestrator.gateway.models;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.RawJson;

/**
 * What is to be done to which model, whoever does it.
 *
 * @param model the one that is changed; the source of a copy
 * @param to the name that a copy gets
 * @param body the request as Ollama takes it
 */
public record ModelOrder(ModelAction action, ModelName model, Optional<ModelName> to, RawJson body) {

    private static final String MODEL = "model";

    public static ModelOrder copy(ModelName model, ModelName to) {
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("source", model.written())
                .put("destination", to.written());
        return new ModelOrder(ModelAction.COPY, model, Optional.of(to), RawJson.of(body));
    }

    /** @param fields of Ollama's request, beside the model's name */
    public static ModelOrder of(ModelAction action, ModelName model, ObjectNode fields) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.setAll(fields);
        body.put(MODEL, model.written());
        switch (action) {
            case PULL, PUSH, CREATE -> body.put("stream", true);
            case LOAD -> body.put("stream", false);
            case UNLOAD -> body.put("keep_alive", 0).put("stream", false);
            case DELETE -> {}
            case COPY -> throw new IllegalArgumentException("a copy has a name of its own");
        }
        return new ModelOrder(action, model, Optional.empty(), RawJson.of(body));
    }

    public static ModelOrder of(ModelAction action, ModelName model) {
        return of(action, model, JsonNodeFactory.instance.objectNode());
    }

    /** A model that only embeds is loaded by an empty input: the agent tells by it which of Ollama's paths to call. */
    RawJson bodyAt(AgentProfile agent) {
        return switch (action) {
            case PULL, DELETE, COPY, CREATE, PUSH -> body;
            case LOAD, UNLOAD -> onlyEmbeds(agent) ? withEmptyInput() : body;
        };
    }

    /** Whether the agent's catalog is as it has to be when the order is carried out. */
    boolean isVisibleOn(AgentProfile agent) {
        return switch (action) {
            case PULL, CREATE -> agent.offer().includes(model);
            case COPY -> agent.offer().includes(to.orElse(model));
            case DELETE -> !agent.offer().includes(model);
            case PUSH, LOAD, UNLOAD -> true;
        };
    }

    private RawJson withEmptyInput() {
        String text = body.text();
        return new RawJson(text.substring(0, text.length() - 1) + ",\"input\":[]}");
    }

    private boolean onlyEmbeds(AgentProfile agent) {
        if (!(agent.offer() instanceof AgentProfile.Catalog catalog)) {
            return false;
        }
        List<String> capabilities = catalog.models().stream()
                .filter(each -> each.name().equals(model))
                .findFirst()
                .map(OllamaModel::capabilities)
                .orElse(List.of());
        return capabilities.contains("embedding") && !capabilities.contains("completion");
    }
}
