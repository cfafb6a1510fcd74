package org.ollamaorchestrator.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.api.FieldClasses.Refusal;

@NullMarked
class RequestObjectTest {

    @Test
    void an_optional_field_that_is_null_counts_as_absent_and_a_required_one_has_the_wrong_type() {
        RequestObject request = RequestObject.of(json("{\"a\":null}"));

        assertThat(request.text("a")).isEmpty();
        assertThat(request.integer("a")).isEmpty();
        assertThat(request.isTrue("a")).isFalse();
        assertThat(request.object("a")).isEmpty();
        assertThat(request.objects("a")).isEmpty();
        fails("{\"a\":null}", object -> object.requiredText("a"), "a is not a text");
        fails("{\"a\":null}", object -> object.requiredObjects("a"), "a is not a list");
        fails("{\"a\":null}", object -> object.requiredAny("a"), "a is missing");
    }

    @Test
    void a_field_at_fault_is_named_with_its_whole_path() {
        String request = "{\"a\":[{},{\"b\":{\"c\":\" \"}}]}";
        Function<RequestObject, RequestObject> b =
                object -> object.objects("a").get(1).requiredObject("b");

        fails(request, object -> b.apply(object).requiredWords("c"), "a[1].b.c is blank");
        fails(request, object -> b.apply(object).number("c"), "a[1].b.c is not a number");
        fails(request, object -> b.apply(object).flag("c"), "a[1].b.c is neither true nor false");
        fails(request, object -> b.apply(object).requiredText("d"), "a[1].b.d is missing");
        fails(request, object -> object.requiredObject("a"), "a is not an object");
        fails("{\"a\":[7]}", object -> object.objects("a"), "a[0] is not an object");
        fails("{\"a\":[]}", object -> object.requiredObjects("a"), "a is empty");
        fails("{\"a\":2147483648}", object -> object.integer("a"), "a is not an integer of at most 32 bits");
    }

    @Test
    void a_field_is_mapped_or_refused_or_ignored() {
        var fields = new FieldClasses(
                Set.of("a", "in.b"),
                Set.of("c"),
                Map.of("n", Refusal.UNLESS_ONE, "never", Refusal.ALWAYS.because("there is none")));
        ObjectNode request = json("{\"a\":1,\"b\":2,\"c\":3,\"d\":null,\"n\":1,\"never\":null}");

        fields.check(request);
        assertThat(fields.ignoredIn(request)).isEqualTo(List.of("b", "c"));
        assertThat(fields.ignoredIn(json("{\"b\":1,\"e\":2}"), name -> "in." + name))
                .isEqualTo(List.of("in.e"));
        assertThatThrownBy(() -> fields.check(json("{\"n\":2}")))
                .hasMessage("n cannot be honoured by this gateway with this value");
        assertThatThrownBy(() -> fields.check(json("{\"never\":0}")))
                .hasMessage("never cannot be honoured: there is none");
    }

    private static void fails(String request, Function<RequestObject, Object> read, String error) {
        assertThatThrownBy(() -> {
                    var ignored = read.apply(RequestObject.of(json(request)));
                })
                .isInstanceOf(ClientErrorException.class)
                .hasMessage(error);
    }

    private static ObjectNode json(String text) {
        try {
            return (ObjectNode) new ObjectMapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
