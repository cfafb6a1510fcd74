package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An object of a request, read field by field. One that is absent where it is required, or of the wrong type, is a 400
 * that names it with its whole path, such as {@code messages[1].content}. An optional field that is null counts as absent.
 */
public final class RequestObject {

    private static final String IS_MISSING = "is missing";

    private final ObjectNode json;

    /** What stands before a field's name in its path. */
    private final String prefix;

    private RequestObject(ObjectNode json, String prefix) {
        this.json = json;
        this.prefix = prefix;
    }

    /** The request itself. */
    public static RequestObject of(ObjectNode request) {
        return new RequestObject(request, "");
    }

    public ObjectNode json() {
        return json;
    }

    /**
     * What to throw for a field at fault.
     *
     * @param problem goes on from the field's path: {@code is missing}
     */
    public ClientErrorException wrong(String name, String problem) {
        return ClientErrorException.badField(path(name), problem);
    }

    /** Whether the field is there and not null. */
    public boolean has(String name) {
        return json.hasNonNull(name);
    }

    public boolean isText(String name) {
        return json.path(name).isTextual();
    }

    /** Whatever the field holds. */
    public Optional<JsonNode> any(String name) {
        return has(name) ? Optional.of(json.path(name)) : Optional.empty();
    }

    /** Whatever the field holds; for the reader to look at its type. */
    public JsonNode requiredAny(String name) {
        return any(name).orElseThrow(() -> wrong(name, IS_MISSING));
    }

    public Optional<String> text(String name) {
        return any(name).map(value -> asText(value, name));
    }

    public String requiredText(String name) {
        return asText(required(name), name);
    }

    /** A text that says something: an empty or blank one is refused. */
    public String requiredWords(String name) {
        String text = requiredText(name);
        if (text.isBlank()) {
            throw wrong(name, "is blank");
        }
        return text;
    }

    /** A number as it was written. */
    public Optional<JsonNode> number(String name) {
        return any(name).map(value -> {
            if (!value.isNumber()) {
                throw wrong(name, "is not a number");
            }
            return value;
        });
    }

    public Optional<Integer> integer(String name) {
        return any(name).map(value -> {
            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                throw wrong(name, "is not an integer of at most 32 bits");
            }
            return value.intValue();
        });
    }

    public Optional<Boolean> flag(String name) {
        return any(name).map(value -> {
            if (!value.isBoolean()) {
                throw wrong(name, "is neither true nor false");
            }
            return value.booleanValue();
        });
    }

    /** Whether a flag is set; it is not if it is absent. */
    public boolean isTrue(String name) {
        return flag(name).orElse(false);
    }

    public Optional<RequestObject> object(String name) {
        return any(name).map(value -> asObject(value, path(name)));
    }

    public RequestObject requiredObject(String name) {
        return asObject(required(name), path(name));
    }

    public Optional<ArrayNode> list(String name) {
        return any(name).map(value -> asList(value, name));
    }

    public ArrayNode requiredList(String name) {
        return asList(required(name), name);
    }

    /** The objects of a list; none if the field is absent. */
    public List<RequestObject> objects(String name) {
        var objects = new ArrayList<RequestObject>();
        list(name).ifPresent(list -> {
            for (int i = 0; i < list.size(); i++) {
                objects.add(asObject(list.path(i), path(name) + "[" + i + "]"));
            }
        });
        return objects;
    }

    /** The objects of a list that has to have some. */
    public List<RequestObject> requiredObjects(String name) {
        if (requiredList(name).isEmpty()) {
            throw wrong(name, "is empty");
        }
        return objects(name);
    }

    private String path(String name) {
        return prefix + name;
    }

    /** A null that is required to be something else is not missing, but of the wrong type. */
    private JsonNode required(String name) {
        JsonNode value = json.path(name);
        if (value.isMissingNode()) {
            throw wrong(name, IS_MISSING);
        }
        return value;
    }

    private String asText(JsonNode value, String name) {
        if (!value.isTextual()) {
            throw wrong(name, "is not a text");
        }
        return value.textValue();
    }

    private ArrayNode asList(JsonNode value, String name) {
        if (value instanceof ArrayNode list) {
            return list;
        }
        throw wrong(name, "is not a list");
    }

    private static RequestObject asObject(JsonNode value, String path) {
        if (value instanceof ObjectNode object) {
            return new RequestObject(object, path + ".");
        }
        throw ClientErrorException.badField(path, "is not an object");
    }
}
