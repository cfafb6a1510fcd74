package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The log for machines: each line one JSON document; and the access log, which works on both ports. */
@SystemTest
class LogsIT {
    private static final String JSON = "-Dquarkus.log.console.json.enabled=true";
    private static final String ACCESS = "-Dquarkus.http.access-log.enabled=true";

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", "logged");

    @AutoClose
    private final Gateway gateway = Gateway.start(JSON, ACCESS);

    @AutoClose
    private final Agent agent = Agent.launch("logged-agent", gateway.agentsUrl(), simulator.url(), List.of(JSON));

    @Test
    void each_line_of_both_services_is_a_json_document_and_an_end_has_its_fields() {
        agent.awaitUsable(gateway);
        try (Asked asked = Asked.question(Manner.OPENAI_STREAM, "logged", "a secret prompt of mine")
                .header("x-request-id", "mine-1")
                .of(gateway)) {
            assertThat(asked.words()).isNotEmpty();
        }

        JsonNode end = Patience.untilFound(
                "the line of the end",
                () -> gateway.process()
                        .logLines()
                        .map(Http::json)
                        .filter(line -> line.path("message").asText().contains("ended: done"))
                        .findFirst());
        JsonNode fields = end.path("mdc");
        assertThat(fields.path("request").asText()).isEqualTo("mine-1");
        assertThat(fields.path("model").asText()).isEqualTo("logged:latest");
        assertThat(fields.path("agent").asText()).isEqualTo("logged-agent");
        assertThat(fields.path("dialect").asText()).isEqualTo("openai");
        assertThat(fields.path("end").asText()).isEqualTo("done");
        assertThat(fields.path("answerTokens").asInt()).isPositive();
        assertThat(fields.path("exact").asBoolean()).isTrue();
        assertThat(fields.path("durationMs").asInt()).isNotNegative();
        assertThat(agent.process()
                        .logLines()
                        .map(Http::json)
                        .map(line -> line.path("message").asText()))
                .anyMatch(message -> message.contains("chat of logged"));
        assertThat(gateway.process().log() + agent.process().log()).doesNotContain("a secret prompt of mine");
    }

    @Test
    void the_access_log_has_no_query_and_no_secret_and_lets_agents_in_on_their_own_port() {
        agent.awaitUsable(gateway);

        Http.Reply reply = Http.exchange(
                gateway.port(),
                "GET",
                "/v1/models?a-query=with-a-secret",
                Map.of("Connection", "close", "Authorization", "Bearer olk_secret", "x-request-id", "mine-2"),
                "");

        assertThat(reply.status()).isEqualTo(200);
        String line = Patience.untilFound(
                "its line",
                () -> gateway.process()
                        .logLines()
                        .filter(logged -> logged.contains("mine-2"))
                        .findFirst());
        assertThat(Http.json(line).path("message").asText())
                .contains("\"GET /v1/models\" 200 ")
                .containsPattern("\\d+ ms");
        assertThat(gateway.process().log())
                .doesNotContain("a-query")
                .doesNotContain("with-a-secret")
                .doesNotContain("olk_secret");
    }
}
