package org.ollamaorchestrator.gateway.api.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.gateway.models.AgentChoice;
import org.ollamaorchestrator.gateway.models.Label;
import org.ollamaorchestrator.gateway.models.ModelAction;
import org.ollamaorchestrator.gateway.models.ModelOrder;
import org.ollamaorchestrator.protocol.ModelName;

/** A change of models as an administrator asks for it. A field that is not known could be a wish that is not heard: refused. */
record ModelRequest(ModelOrder order, AgentChoice choice) {

    private static final String MODEL = "model";
    private static final String TO = "to";
    private static final String AGENTS = "agents";
    private static final String LABEL = "label";
    private static final String ALL = "all";

    private static final Set<String> OURS = Set.of(MODEL, TO, AGENTS, LABEL, ALL);

    private static final int MODEL_CHARACTERS_MAX = 512;

    /** @throws ClientErrorException naming the field at fault */
    static ModelRequest of(ModelAction action, ObjectNode body) {
        Set<String> known = known(action);
        body.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw ClientErrorException.badField(field, "is not known for " + action.wireName());
            }
        });
        RequestObject request = RequestObject.of(body);
        return new ModelRequest(order(action, request), choice(request));
    }

    private static Set<String> known(ModelAction action) {
        var known = new HashSet<>(Set.of(MODEL, AGENTS, LABEL, ALL));
        known.addAll(
                switch (action) {
                    case PULL, PUSH -> Set.of("insecure");
                    case COPY -> Set.of(TO);
                    case LOAD -> Set.of("keep_alive");
                    case DELETE, UNLOAD -> Set.of();
                    case CREATE ->
                        Set.of(
                                "from",
                                "template",
                                "license",
                                "system",
                                "parameters",
                                "messages",
                                "quantize",
                                "renderer",
                                "parser",
                                "requires",
                                "info");
                });
        return known;
    }

    private static ModelOrder order(ModelAction action, RequestObject request) {
        ModelName model = name(request, MODEL);
        if (action == ModelAction.COPY) {
            return ModelOrder.copy(model, name(request, TO));
        }
        if (action == ModelAction.CREATE) {
            var _ = name(request, "from");
        }
        return ModelOrder.of(action, model, request.json().deepCopy().without(OURS));
    }

    private static ModelName name(RequestObject request, String field) {
        String name = request.requiredWords(field);
        if (name.length() > MODEL_CHARACTERS_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw request.wrong(field, "is no model's name");
        }
        return new ModelName(name);
    }

    private static AgentChoice choice(RequestObject request) {
        long ways = Set.of(AGENTS, LABEL, ALL).stream().filter(request::has).count();
        if (ways > 1) {
            throw ClientErrorException.badRequest("only one of agents, label and all says which agents");
        }
        Optional<AgentChoice> named = request.list(AGENTS).map(list -> new AgentChoice.Named(names(list, request)));
        Optional<AgentChoice> labelled = request.text(LABEL)
                .map(text -> new AgentChoice.Labelled(
                        Label.parse(text).orElseThrow(() -> request.wrong(LABEL, "is no label such as site=home"))));
        Optional<AgentChoice> all = request.isTrue(ALL) ? Optional.of(new AgentChoice.All()) : Optional.empty();
        return named.or(() -> labelled).or(() -> all).orElseGet(AgentChoice.Usual::new);
    }

    private static List<String> names(JsonNode list, RequestObject request) {
        var names = new ArrayList<String>();
        for (JsonNode name : list) {
            if (!name.isTextual() || name.textValue().isBlank()) {
                throw request.wrong(AGENTS, "has an entry that is no agent's name");
            }
            names.add(name.textValue());
        }
        if (names.isEmpty()) {
            throw request.wrong(AGENTS, "is empty; leave it out for the usual agents");
        }
        return names;
    }
}
