package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.ollamaorchestrator.gateway.api.ClientErrorException;

/**
 * What becomes of each field of a request; {@code docs/openai.md} shows it to users.
 *
 * @param mapped have their effect
 * @param ignored are accepted without effect and named to the client, as every field is that nobody knows
 * @param refused would change the answer and cannot be honoured: a 400, unless the value changes nothing
 */
record FieldClasses(Set<String> mapped, Set<String> ignored, Map<String, Predicate<JsonNode>> refused) {

    FieldClasses {
        mapped = Set.copyOf(mapped);
        ignored = Set.copyOf(ignored);
        refused = Map.copyOf(refused);
    }

    /** @throws ClientErrorException naming the first field that is refused */
    void check(ObjectNode request) {
        request.properties().forEach(field -> {
            JsonNode value = field.getValue();
            Predicate<JsonNode> harmless = refused.get(field.getKey());
            if (harmless != null && !value.isNull() && !harmless.test(value)) {
                throw ClientErrorException.badField(
                        field.getKey(), "cannot be honoured by this gateway with this value");
            }
        });
    }

    /** Which fields of the request have no effect. */
    List<String> ignoredIn(ObjectNode request) {
        return request.properties().stream()
                .filter(field -> !field.getValue().isNull())
                .map(Map.Entry::getKey)
                .filter(name -> !mapped.contains(name) && !refused.containsKey(name))
                .toList();
    }

    /** For a field that no value makes harmless. */
    static boolean never(JsonNode ignored) {
        return false;
    }

    static boolean isFalse(JsonNode value) {
        return value.isBoolean() && !value.booleanValue();
    }

    static boolean isOne(JsonNode value) {
        return value.isIntegralNumber() && value.asLong() == 1;
    }

    static boolean isEmpty(JsonNode value) {
        return value.isContainerNode() && value.isEmpty();
    }
}
