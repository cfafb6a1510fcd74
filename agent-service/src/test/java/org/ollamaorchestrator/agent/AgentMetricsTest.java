package org.ollamaorchestrator.agent;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a scrape sees of the application's own agent, with neither gateway nor Ollama; and what the document says of it. */
@QuarkusTest
class AgentMetricsTest {

    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    @Test
    void an_agent_without_gateway_and_ollama_says_so() {
        String scrape = given().get(metrics).then().statusCode(200).extract().asString();

        assertThat(scrape.lines())
                .contains(
                        "agent_slots 1.0",
                        "agent_jobs_running 0.0",
                        "agent_connected 0.0",
                        "agent_ollama_up 0.0",
                        "agent_draining 0.0",
                        "agent_registrations_total 0.0",
                        "agent_window_stalls_total 0.0",
                        "agent_jobs_total{end=\"done\"} 0.0",
                        "agent_jobs_total{end=\"failed\"} 0.0");
        assertThat(scrape).doesNotContain("http_").doesNotContain("jvm_");
    }

    @Test
    void a_web_page_may_not_read_them() {
        given().header("Origin", "http://evil.example").get(metrics).then().statusCode(403);
    }

    @Test
    void the_document_tells_every_metric_and_no_other() throws Exception {
        assertThat(documented())
                .containsExactlyInAnyOrderElementsOf(
                        constants().stream().filter(name -> name.contains(".")).toList());
    }

    private static List<String> constants() throws IllegalAccessException {
        var values = new ArrayList<String>();
        for (Field field : AgentMetrics.class.getDeclaredFields()) {
            if (field.getType() == String.class) {
                values.add(String.valueOf(field.get(null)));
            }
        }
        return values;
    }

    private static List<String> documented() throws IOException {
        return Pattern.compile("(?m)^\\| `(agent\\.[^`]+)` \\|")
                .matcher(document())
                .results()
                .map(row -> row.group(1))
                .toList();
    }

    /** Tests run in their module's folder; the document is in the one above that has the wrapper. */
    private static String document() throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no folder with mvnw above the tests");
        }
        return Files.readString(folder.resolve("docs/monitoring.md"));
    }
}
