package org.ollamaorchestrator.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * What becomes of each field of a request; a document of the same API shows it to users. A field that is null counts as
 * absent.
 *
 * @param mapped have their effect
 * @param ignored are accepted without effect and named to the client, as every field is that nobody knows
 * @param refused would change the answer and cannot be honoured: a 400, unless the value changes nothing
 */
public record FieldClasses(Set<String> mapped, Set<String> ignored, Map<String, Refusal> refused) {

    public FieldClasses {
        mapped = Set.copyOf(mapped);
        ignored = Set.copyOf(ignored);
        refused = Map.copyOf(refused);
    }

    /**
     * Why a field is refused, and when it is not.
     *
     * @param harmless the values that change nothing
     * @param problem goes on from the field's name
     */
    public record Refusal(Predicate<JsonNode> harmless, String problem) {

        /** No value makes the field harmless. */
        public static final Refusal ALWAYS = unless(value -> false);

        public static final Refusal UNLESS_FALSE = unless(value -> value.isBoolean() && !value.booleanValue());

        public static final Refusal UNLESS_ONE = unless(value -> value.isIntegralNumber() && value.asLong() == 1);

        /** An object or a list without members. */
        public static final Refusal UNLESS_EMPTY = unless(value -> value.isContainerNode() && value.isEmpty());

        public static Refusal unless(Predicate<JsonNode> harmless) {
            return new Refusal(harmless, "cannot be honoured by this gateway with this value");
        }

        /** The same with a reason that the client is told. */
        public Refusal because(String reason) {
            return new Refusal(harmless, "cannot be honoured: " + reason);
        }
    }

    /** @throws ClientErrorException naming the first field that is refused */
    public void check(ObjectNode request) {
        request.properties().forEach(field -> {
            Refusal refusal = refused.get(field.getKey());
            JsonNode value = field.getValue();
            if (refusal != null && !value.isNull() && !refusal.harmless().test(value)) {
                throw ClientErrorException.badField(field.getKey(), refusal.problem());
            }
        });
    }

    /** Which fields of the request have no effect. */
    public List<String> ignoredIn(ObjectNode request) {
        return ignoredIn(request, UnaryOperator.identity());
    }

    /**
     * Which fields of an object have no effect.
     *
     * @param inTheClasses how these classes call a field of that object
     * @return as the classes call them
     */
    public List<String> ignoredIn(ObjectNode object, UnaryOperator<String> inTheClasses) {
        return object.properties().stream()
                .filter(field -> !field.getValue().isNull())
                .map(field -> inTheClasses.apply(field.getKey()))
                .filter(name -> !mapped.contains(name) && !refused.containsKey(name))
                .toList();
    }
}
