package org.ollamaorchestrator.gateway.api.ui;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A list of the live stream at one moment, and what has changed of it since another: whole items that are new, of known
 * ones the fields that changed (null for one that went), and the ids of those that are gone.
 */
record LiveList(Map<String, ObjectNode> items) {

    static final String ID = "id";

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    static final LiveList EMPTY = new LiveList(Map.of());

    /** @param items each with its own {@link #ID}; they must not be changed any more */
    static LiveList of(Collection<ObjectNode> items) {
        var byId = new LinkedHashMap<String, ObjectNode>();
        items.forEach(item -> byId.put(item.path(ID).textValue(), item));
        return new LiveList(byId);
    }

    /** What makes this list of that one; empty if they are the same. */
    Optional<ObjectNode> since(LiveList before) {
        ArrayNode set = JSON.arrayNode();
        items.forEach((id, item) -> {
            ObjectNode known = before.items.get(id);
            ObjectNode changed = known == null ? item : changed(id, known, item);
            if (changed.size() > 1) {
                set.add(changed);
            }
        });
        ArrayNode gone = JSON.arrayNode();
        before.items.keySet().stream().filter(id -> !items.containsKey(id)).forEach(gone::add);
        if (set.isEmpty() && gone.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode delta = JSON.objectNode();
        if (!set.isEmpty()) {
            delta.set("set", set);
        }
        if (!gone.isEmpty()) {
            delta.set("gone", gone);
        }
        return Optional.of(delta);
    }

    private static ObjectNode changed(String id, ObjectNode before, ObjectNode now) {
        ObjectNode changed = JSON.objectNode().put(ID, id);
        for (Map.Entry<String, JsonNode> field : now.properties()) {
            if (!field.getValue().equals(before.get(field.getKey()))) {
                changed.set(field.getKey(), field.getValue());
            }
        }
        for (Map.Entry<String, JsonNode> field : before.properties()) {
            if (!now.has(field.getKey())) {
                changed.set(field.getKey(), NullNode.instance);
            }
        }
        return changed;
    }
}
