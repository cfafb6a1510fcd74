package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong, told in each dialect's own way. */
@SystemTest
class LargeFailuresIT {
    @AutoClose
    private final Fleet fleet = Fleet.plan().slots(8).start();

    @AutoClose
    private final Gateway alone = Gateway.start();

    @BeforeEach
    void everything_is_there() {
        fleet.mend();
    }

    static Stream<Arguments> breaks() {
        return Stream.of("failAfter", "cutAfter", "resetAfter")
                .flatMap(how -> Stream.of(LargeDialect.values()).map(dialect -> Arguments.of(dialect, how)));
    }

    @ParameterizedTest
    @MethodSource("breaks")
    void a_stream_that_breaks_ends_with_the_error_alone(LargeDialect dialect, String how) {
        String script = "{\"count\":20,\"%s\":5,\"paceMs\":5}".formatted(how);

        GoldenAnswer answer = GoldenClient.post(
                fleet.gateway().port(),
                dialect.path(),
                GoldenClient.JSON,
                dialect.asking(Fleet.SHARED, "break", script));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(dialect.textIn(answer.text())).startsWith("0 ").doesNotContain("5 ");
        dialect.assertBrokenWithoutEnd(answer.text());
    }

    @Test
    void streams_of_an_ollama_that_is_killed_end_with_the_error_alone() {
        var answers = new EnumMap<LargeDialect, HttpAnswer>(LargeDialect.class);
        var begun = new EnumMap<LargeDialect, String>(LargeDialect.class);
        var connections = new EnumMap<LargeDialect, HttpConnection>(LargeDialect.class);
        try {
            for (LargeDialect dialect : LargeDialect.values()) {
                HttpConnection connection = HttpConnection.to(fleet.gateway().port());
                connections.put(dialect, connection);
                JsonNode request = dialect.asking(Fleet.SHARED, "stay", "{\"count\":20,\"stallAfter\":3}");
                connection.request(
                        "POST",
                        dialect.path(),
                        GoldenClient.JSON,
                        request.toString().getBytes(UTF_8));
                HttpAnswer answer = connection.answer();
                answers.put(dialect, answer);
                begun.put(dialect, answer.line().orElseThrow() + "\n");
            }

            fleet.simulator(0).kill();

            answers.forEach((dialect, answer) -> {
                String raw = begun.get(dialect) + answer.text();
                assertThat(dialect.textIn(raw)).startsWith("0 ");
                dialect.assertBrokenWithoutEnd(raw);
            });
        } finally {
            connections.values().forEach(HttpConnection::close);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_model_that_exists_nowhere_is_not_found(LargeDialect dialect) {
        GoldenAnswer answer = GoldenClient.post(
                fleet.gateway().port(), dialect.path(), GoldenClient.JSON, dialect.asking("no-such-model", "hello"));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.contentType()).startsWith("application/json");
        assertThat(answer.text()).contains("no-such-model");
        dialect.assertRefused(Http.json(answer.text()), 404);
    }

    @ParameterizedTest
    @EnumSource
    void without_any_agent_a_client_is_told_when_to_come_back(LargeDialect dialect) {
        GoldenAnswer answer = GoldenClient.post(
                alone.port(), dialect.path(), GoldenClient.JSON, dialect.asking(Fleet.SHARED, "hello"));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.contentType()).startsWith("application/json");
        assertThat(answer.headers()).extractingByKey("retry-after").asString().matches("[1-9][0-9]*");
        dialect.assertRefused(Http.json(answer.text()), 503);
    }

    /**
     * The other dialects have Ollama stream all the same, so that an answer had begun; of one in one piece nothing came,
     * which is the protocol's {@code ollama_unreachable}.
     */
    @ParameterizedTest
    @EnumSource
    void an_answer_in_one_piece_that_breaks_is_an_error_by_its_status(LargeDialect dialect) {
        var request = dialect.asking(Fleet.SHARED, "break", "{\"count\":20,\"cutAfter\":5}");
        request.put("stream", false);

        GoldenAnswer answer = GoldenClient.post(fleet.gateway().port(), dialect.path(), GoldenClient.JSON, request);

        assertThat(answer.status()).isEqualTo(dialect == LargeDialect.OLLAMA_CHAT ? 503 : 502);
        assertThat(Http.json(answer.text()).has("error")).isTrue();
    }
}
