package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlApiTest {
    private static final String CHAT =
            "{\"model\":\"simulated\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private OllamaSimulator simulator;

    @BeforeEach
    void start() {
        simulator = OllamaSimulator.start();
    }

    @AfterEach
    void stop() {
        simulator.close();
    }

    @Test
    void scripts_are_taken_for_once_for_a_model_and_for_all() {
        assertThat(status("PUT", "/simulator/scripts", "{\"tokens\":[\"all\"]}"))
                .isEqualTo(204);
        assertThat(answer()).contains("\"all\"");
        assertThat(status("PUT", "/simulator/scripts/simulated%3Alatest", "{\"tokens\":[\"model\"]}"))
                .isEqualTo(204);
        assertThat(answer()).contains("\"model\"");
        assertThat(status("POST", "/simulator/scripts", "{\"tokens\":[\"once\"]}"))
                .isEqualTo(204);
        assertThat(answer()).contains("\"once\"");
        assertThat(answer()).doesNotContain("\"once\"");
    }

    @Test
    void a_malformed_script_is_a_400_naming_the_field() {
        RawClient.Answer answer = RawClient.post(simulator, "/simulator/scripts", "{\"cutAfter\":true}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(Recording.json(answer.body()).path("error").asText()).contains("'cutAfter'");
    }

    @Test
    void requests_are_listed_and_forgotten() {
        assertThat(answer()).isNotEmpty();

        JsonNode seen = Recording.json(
                RawClient.call(simulator, "GET", "/simulator/requests", "").body());

        assertThat(seen.size()).isEqualTo(1);
        JsonNode first = seen.get(0);
        assertThat(first.path("outcome").asText()).isEqualTo("COMPLETE");
        assertThat(first.path("body").asText()).isEqualTo(CHAT);
        assertThat(first.path("endedAtNanos").asLong())
                .isGreaterThanOrEqualTo(first.path("firstByteAtNanos").asLong())
                .isGreaterThan(first.path("receivedAtNanos").asLong());
        assertThat(status("DELETE", "/simulator/requests", "")).isEqualTo(204);
        assertThat(RawClient.call(simulator, "GET", "/simulator/requests", "").body())
                .isEqualTo("[]");
    }

    @Test
    void models_come_and_go() {
        assertThat(status("POST", "/simulator/models/org/new:7b", "{\"capabilities\":[\"completion\"],\"size\":5}"))
                .isEqualTo(204);
        assertThat(tags()).contains("\"org/new:7b\"").contains("\"size\":5").contains("[\"completion\"]");

        assertThat(status("DELETE", "/simulator/models/org/new:7b", "")).isEqualTo(204);
        assertThat(tags()).doesNotContain("org/new");
        assertThat(status("DELETE", "/simulator/models/org/new:7b", "")).isEqualTo(404);
    }

    @Test
    void what_it_has_not_is_a_404() {
        assertThat(status("GET", "/simulator/nothing", "")).isEqualTo(404);
    }

    private int status(String method, String path, String body) {
        return RawClient.call(simulator, method, path, body).status();
    }

    private String answer() {
        return RawClient.post(simulator, "/api/chat", CHAT).body();
    }

    private String tags() {
        return RawClient.call(simulator, "GET", "/api/tags", "").body();
    }
}
