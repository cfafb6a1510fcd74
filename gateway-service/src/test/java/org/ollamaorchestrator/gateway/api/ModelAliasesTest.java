package org.ollamaorchestrator.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long an answer may be: by the owner's bound, and by that of keys with a day's budget. */
@NullMarked
class ModelAliasesTest {

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static final ModelAliases WITHOUT_BOUND = aliases(OptionalInt.empty());
    private static final ModelAliases WITH_BOUND = aliases(OptionalInt.of(500));

    /** An answer as long as it likes, in all the ways that Ollama takes it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"options\":{}}",
                "{\"options\":{\"num_predict\":null}}",
                "{\"options\":{\"num_predict\":-1}}",
                "{\"options\":{\"num_predict\":0}}",
                "{\"options\":{\"num_predict\":0.9}}",
                "{\"options\":{\"num_predict\":-18446744073709551615}}"
            })
    void an_answer_whose_length_is_left_open_gets_the_bound_that_there_is(String request) {
        assertThat(bound(WITH_BOUND, request)).isEqualTo("500");
        assertThat(bound(WITH_BOUND.budgeted(), request)).isEqualTo("500");
        assertThat(bound(WITHOUT_BOUND.budgeted(), request)).isEqualTo("8192");
        assertThat(bound(WITHOUT_BOUND, request)).isNotIn("500", "8192");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "500", "1.5"})
    void an_answers_own_bound_stays_if_it_is_not_more(String own) {
        String request = "{\"options\":{\"num_predict\":" + own + "}}";

        assertThat(bound(WITH_BOUND, request)).isEqualTo(own);
        assertThat(bound(WITH_BOUND.budgeted(), request)).isEqualTo(own);
        assertThat(bound(WITHOUT_BOUND.budgeted(), request)).isEqualTo(own);
    }

    /** The last would be 5 to who looks only at its last 64 bits. */
    @ParameterizedTest
    @ValueSource(strings = {"501", "500.5", "1e999999", "18446744073709551621"})
    void more_than_the_owners_bound_is_refused_and_more_than_the_budgets_is_not(String own) {
        String request = "{\"options\":{\"num_predict\":" + own + "}}";

        assertThatThrownBy(() -> bound(WITH_BOUND, request))
                .isInstanceOf(ClientErrorException.class)
                .hasMessageContaining("options.num_predict");
        assertThatThrownBy(() -> bound(WITH_BOUND.budgeted(), request)).isInstanceOf(ClientErrorException.class);
        assertThat(bound(WITHOUT_BOUND.budgeted(), request)).isNotEqualTo("8192");
    }

    private static ModelAliases aliases(OptionalInt max) {
        return new ModelAliases(Map.of(), false, max, max, 8_192);
    }

    private static String bound(ModelAliases aliases, String request) {
        try {
            var body = (ObjectNode) JSON.readTree(request);
            var ignored = aliases.apply("tiny", body);
            return body.path("options").path("num_predict").asText();
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
