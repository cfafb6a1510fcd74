package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptTest {
    @Test
    void an_empty_object_is_the_default_script() {
        assertThat(Script.parse("{}")).isEqualTo(Script.defaults());
    }

    @Test
    void a_null_is_as_good_as_nothing() {
        assertThat(Script.parse("{\"count\":null,\"paceMs\":null}")).isEqualTo(Script.defaults());
    }

    @Test
    void every_field_is_read() {
        Script script = Script.parse("""
                {"count":3,"paceMs":0.5,"firstTokenMs":2,"loadMs":4,"thinking":["a"],
                 "toolCalls":[{"name":"f","arguments":{"x":1}}],"failAfter":1,"hang":true,"failStatus":500,"failBody":"b",
                 "splitBytes":3,"stampMs":true,"embeddings":8,"rawBody":"r","rawContentType":"text/plain","rawStatus":201,
                 "tokenBytes":9,"lineBytes":10}""");

        assertThat(script)
                .isEqualTo(Script.builder()
                        .count(3)
                        .paceMs(0.5)
                        .firstTokenMs(2)
                        .loadMs(4)
                        .thinking("a")
                        .toolCalls(new Script.ToolCall("f", Map.of("x", 1)))
                        .failAfter(1)
                        .hang(true)
                        .failStatus(500)
                        .failBody("b")
                        .splitBytes(3)
                        .stamp(true)
                        .embeddings(8)
                        .rawBody("r")
                        .rawContentType("text/plain")
                        .rawStatus(201)
                        .tokenBytes(9)
                        .lineBytes(10)
                        .build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"paceMs\":\"fast\"} | paceMs",
                "{\"paceMs\":-1} | paceMs",
                "{\"count\":1.5} | count",
                "{\"count\":-1} | count",
                "{\"tokens\":[1]} | tokens",
                "{\"tokens\":[null]} | tokens",
                "{\"tokens\":[\"a\"],\"count\":1} | count",
                "{\"tocens\":[\"a\"]} | tocens",
                "{\"hang\":1} | hang",
                "{\"splitBytes\":0} | splitBytes",
                "{\"failStatus\":99} | failStatus",
                "{\"toolCalls\":[{\"arguments\":{}}]} | toolCalls",
                "{\"cutAfter\":1,\"failAfter\":1} | cutAfter"
            })
    void a_wrong_field_is_named(String json, String field) {
        assertThatThrownBy(() -> Script.parse(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + field + "'");
    }

    @ParameterizedTest
    @CsvSource({"null", "[]", "{", "1"})
    void what_is_no_object_is_refused(String json) {
        assertThatThrownBy(() -> Script.parse(json)).isInstanceOf(IllegalArgumentException.class);
    }
}
