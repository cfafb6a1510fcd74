package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Models that come and go by Ollama's own API. */
class ModelChangesTest {
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
    void a_pulled_model_is_there_with_its_last_line_after_each_layer_grew() {
        registry("new", "{\"layers\":[200,100],\"steps\":2}");

        List<String> lines = post("/api/pull", "{\"model\":\"new\"}").lines().toList();

        assertThat(lines).hasSize(8);
        assertThat(lines.getFirst()).isEqualTo("{\"status\":\"pulling manifest\"}");
        assertThat(lines.get(1)).contains("\"digest\":\"sha256:").endsWith("\"total\":200,\"completed\":100}");
        assertThat(lines.get(4)).endsWith("\"total\":100,\"completed\":100}");
        assertThat(lines.getLast()).isEqualTo("{\"status\":\"success\"}");
        assertThat(tags()).contains("\"new:latest\"");
    }

    @Test
    void a_pull_that_fails_ends_with_an_error_and_brings_no_model() {
        registry("new", "{\"layers\":[200],\"steps\":2,\"error\":\"no space left on device\",\"failAt\":0.5}");

        List<String> lines = post("/api/pull", "{\"model\":\"new\"}").lines().toList();

        assertThat(lines).hasSize(3);
        assertThat(lines.get(1)).endsWith("\"completed\":100}");
        assertThat(lines.getLast()).isEqualTo("{\"error\":\"no space left on device\"}");
        assertThat(tags()).doesNotContain("new");
    }

    @Test
    void without_a_stream_only_the_end_is_told() {
        assertThat(post("/api/pull", "{\"model\":\"new\",\"stream\":false}")).isEqualTo("{\"status\":\"success\"}");
    }

    @Test
    void a_model_is_copied_created_and_deleted() {
        assertThat(post("/api/copy", "{\"source\":\"simulated\",\"destination\":\"second\"}"))
                .isEmpty();
        assertThat(post("/api/create", "{\"model\":\"third\",\"from\":\"second\",\"system\":\"be kind\"}"))
                .endsWith("{\"status\":\"success\"}\n");
        assertThat(tags()).contains("\"second:latest\"", "\"third:latest\"");

        assertThat(call("DELETE", "/api/delete", "{\"model\":\"second\"}").status())
                .isEqualTo(200);

        assertThat(tags()).doesNotContain("second").contains("third");
    }

    @Test
    void what_is_not_there_is_not_found_in_ollamas_words() {
        assertThat(call("DELETE", "/api/delete", "{\"model\":\"nope\"}").body())
                .isEqualTo("{\"error\":\"model 'nope' not found\"}");
        assertThat(call("POST", "/api/copy", "{\"source\":\"nope\",\"destination\":\"x\"}")
                        .body())
                .isEqualTo("{\"error\":\"model \\\"nope\\\" not found\"}");
        assertThat(call("POST", "/api/create", "{\"model\":\"x\",\"from\":\"nope\"}")
                        .status())
                .isEqualTo(404);
        assertThat(post("/api/push", "{\"model\":\"nope\"}")).contains("\"error\":");
    }

    @Test
    void a_transfer_that_makes_no_sense_is_refused() {
        assertThat(call("PUT", "/simulator/registry/new", "{\"steps\":0}").body())
                .contains("steps");
        assertThat(call("PUT", "/simulator/registry/new", "{\"stepz\":1}").body())
                .contains("stepz");
    }

    private void registry(String model, String transfer) {
        assertThat(call("PUT", "/simulator/registry/" + model, transfer).status())
                .isEqualTo(204);
    }

    private String tags() {
        return call("GET", "/api/tags", "").body();
    }

    private String post(String path, String body) {
        return call("POST", path, body).body();
    }

    private RawClient.Answer call(String method, String path, String body) {
        return RawClient.call(simulator, method, path, body);
    }
}
