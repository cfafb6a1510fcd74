package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.gateway.api.ClientErrorException;

/**
 * An object of a request, read field by field. A field that is null counts as absent; one of the wrong type is a 400 that
 * names it with its whole path.
 */
final class RequestObject {

    private final ObjectNode json;
    private final String path;

    private RequestObject(ObjectNode json, String path) {
        this.json = json;
        this.path = path;
    }

    /** The request itself. */
    static RequestObject of(ObjectNode request) {
        return new RequestObject(request, "");
    }

    ObjectNode json() {
        return json;
    }

    String path(String name) {
        return path + name;
    }

    boolean has(String name) {
        return json.hasNonNull(name);
    }

    ClientErrorException wrong(String name, String problem) {
        return ClientErrorException.badField(path(name), problem);
    }

    /** Whatever the field holds. */
    Optional<JsonNode> any(String name) {
        return has(name) ? Optional.of(json.path(name)) : Optional.empty();
    }

    Optional<String> text(String name) {
        return any(name).map(value -> {
            if (!value.isTextual()) {
                throw wrong(name, "is not a text");
            }
            return value.textValue();
        });
    }

    String requiredText(String name) {
        return text(name).orElseThrow(() -> wrong(name, "is missing"));
    }

    Optional<JsonNode> number(String name) {
        return any(name).map(value -> {
            if (!value.isNumber()) {
                throw wrong(name, "is not a number");
            }
            return value;
        });
    }

    Optional<Integer> integer(String name) {
        return any(name).map(value -> {
            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                throw wrong(name, "is not an integer of at most 32 bits");
            }
            return value.intValue();
        });
    }

    boolean isTrue(String name) {
        return flag(name).orElse(false);
    }

    Optional<Boolean> flag(String name) {
        return any(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, "is neither true nor false");
            }
            return value.booleanValue();
        });
    }

    Optional<RequestObject> object(String name) {
        return any(name).map(value -> asObject(value, path(name)));
    }

    RequestObject requiredObject(String name) {
        return object(name).orElseThrow(() -> wrong(name, "is missing"));
    }

    Optional<ArrayNode> list(String name) {
        return any(name).map(value -> {
            if (!(value instanceof ArrayNode list)) {
                throw wrong(name, "is not a list");
            }
            return list;
        });
    }

    /** The objects of a list; none if the field is absent. */
    List<RequestObject> objects(String name) {
        var objects = new ArrayList<RequestObject>();
        list(name).ifPresent(list -> {
            for (int i = 0; i < list.size(); i++) {
                objects.add(asObject(list.path(i), path(name) + "[" + i + "]"));
            }
        });
        return objects;
    }

    private static RequestObject asObject(JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            return new RequestObject(object, path + ".");
        }
        throw ClientErrorException.badField(path, "is not an object");
    }
}
