package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;

/**
 * One object of a request: reads its members, and says which one is at fault. An optional member that is null counts as
 * absent.
 *
 * @param place its path in the request; empty for the request itself
 */
record RequestObject(ObjectNode json, String place) {

    static RequestObject of(JsonNode node, String place) {
        if (node instanceof ObjectNode object) {
            return new RequestObject(object, place);
        }
        throw ClientErrorException.badField(place, "is not an object");
    }

    JsonNode value(String name) {
        return json.path(name);
    }

    boolean has(String name) {
        return json.hasNonNull(name);
    }

    String placeOf(String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    ClientErrorException fault(String name, String problem) {
        return ClientErrorException.badField(placeOf(name), problem);
    }

    String text(String name) {
        JsonNode value = required(name);
        if (!value.isTextual()) {
            throw fault(name, "is not a text");
        }
        return value.textValue();
    }

    String textWithWords(String name) {
        String text = text(name);
        if (text.isBlank()) {
            throw fault(name, "is blank");
        }
        return text;
    }

    Optional<String> optionalText(String name) {
        return has(name) ? Optional.of(text(name)) : Optional.empty();
    }

    boolean flag(String name) {
        if (!has(name)) {
            return false;
        }
        if (!value(name).isBoolean()) {
            throw fault(name, "is not true or false");
        }
        return value(name).booleanValue();
    }

    Optional<JsonNode> number(String name) {
        if (has(name) && !value(name).isNumber()) {
            throw fault(name, "is not a number");
        }
        return present(name);
    }

    Optional<JsonNode> integer(String name) {
        if (has(name) && !(value(name).isIntegralNumber() && value(name).canConvertToInt())) {
            throw fault(name, "is not an integer");
        }
        return present(name);
    }

    Optional<RequestObject> object(String name) {
        return present(name).map(node -> of(node, placeOf(name)));
    }

    RequestObject requiredObject(String name) {
        return of(required(name), placeOf(name));
    }

    /** The members of a list of objects; none if there is no list. */
    List<RequestObject> objects(String name) {
        var objects = new ArrayList<RequestObject>();
        if (has(name)) {
            ArrayNode list = list(name);
            for (int i = 0; i < list.size(); i++) {
                objects.add(of(list.path(i), placeOf(name) + "[" + i + "]"));
            }
        }
        return objects;
    }

    ArrayNode list(String name) {
        if (required(name) instanceof ArrayNode list) {
            return list;
        }
        throw fault(name, "is not a list");
    }

    private JsonNode required(String name) {
        JsonNode value = value(name);
        if (value.isMissingNode()) {
            throw fault(name, "is missing");
        }
        return value;
    }

    private Optional<JsonNode> present(String name) {
        return has(name) ? Optional.of(value(name)) : Optional.empty();
    }
}
