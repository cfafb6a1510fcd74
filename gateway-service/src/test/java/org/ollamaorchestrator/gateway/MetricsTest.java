package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;

/** What a scrape of the management port sees. */
@QuarkusTest
@NullMarked
class MetricsTest extends WithFakeAgents {

    private static final String ASK =
            "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"a secret of mine\"}]}";

    private static final String FIGURES =
            "{\"model\":\"metered\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                    + "\"done_reason\":\"stop\",\"prompt_eval_count\":7,\"eval_count\":3}";

    @TestHTTPResource(value = "/metrics", management = true)
    URL metrics;

    @Test
    void a_whole_answer_is_counted_with_its_tokens_and_times() {
        FakeAgent agent = agent("meter", 1, "measured:latest");
        SeedClient client = closedAfterwards(SeedClient.ask(url.getPort(), ASK.formatted("measured")));
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("a"), FIGURES);
        agent.say(new JobComplete(job, 2L));
        assertThat(client.nextEvent()).contains("\"a\"");

        String model = "gen_ai_request_model=\"measured:latest\"";
        await().untilAsserted(() -> {
            assertThat(value("gen_ai_server_request_duration_seconds_count", model, "error_type=\"\""))
                    .isEqualTo(1);
            assertThat(value("gen_ai_server_time_to_first_token_seconds_count", model))
                    .isEqualTo(1);
            assertThat(value("gen_ai_server_time_per_output_token_seconds_count", model))
                    .isEqualTo(1);
            assertThat(value("gen_ai_client_token_usage_sum", model, "gen_ai_token_type=\"input\""))
                    .isEqualTo(7);
            assertThat(value("gen_ai_client_token_usage_sum", model, "gen_ai_token_type=\"output\""))
                    .isEqualTo(3);
            assertThat(value("orchestrator_agent_jobs_total", "agent=\"meter\"", "end=\"done\""))
                    .isEqualTo(1);
        });
    }

    @Test
    void slots_and_who_waits_are_seen() {
        FakeAgent agent = agent("narrow", 1, "metered:latest");
        closedAfterwards(SeedClient.ask(url.getPort(), ASK.formatted("metered")));
        JobId running = agent.await(OllamaJob.class).jobId();
        SeedClient waiting = closedAfterwards(SeedClient.ask(url.getPort(), ASK.formatted("metered")));

        await().untilAsserted(() -> {
            assertThat(value("orchestrator_queue_depth")).isEqualTo(1);
            assertThat(value("orchestrator_requests_running")).isEqualTo(1);
            assertThat(value("orchestrator_queue_oldest_age_seconds")).isPositive();
            assertThat(value("orchestrator_slots")).isEqualTo(1);
            assertThat(value("orchestrator_slots_used")).isEqualTo(1);
            assertThat(value("orchestrator_agents", "state=\"usable\"")).isEqualTo(1);
            assertThat(value("orchestrator_agent_slots_used", "agent=\"narrow\""))
                    .isEqualTo(1);
        });
        waiting.close();
        agent.sayLines(running, 1, SeedClient.last());
        agent.say(new JobComplete(running, 1L));
        await().untilAsserted(() -> {
            assertThat(value("orchestrator_queue_depth")).isZero();
            assertThat(value("orchestrator_slots_used")).isZero();
        });
    }

    @Test
    void an_agent_that_is_gone_has_no_slots_any_more_and_its_end_is_counted() {
        agent("comes-and-goes", 2, "metered:latest").close();

        await().untilAsserted(() -> {
            assertThat(value("orchestrator_agent_disconnects_total", "agent=\"comes-and-goes\""))
                    .isEqualTo(1);
            assertThat(samples("orchestrator_agent_slots", "agent=\"comes-and-goes\""))
                    .isEmpty();
        });
    }

    @Test
    void a_cancel_is_timed_until_the_agent_confirms_it() {
        FakeAgent agent = agent("stops", 1, "metered:latest");
        double before = value("orchestrator_cancels_seconds_count");
        SeedClient leaves = closedAfterwards(SeedClient.ask(url.getPort(), ASK.formatted("metered")));
        JobId job = agent.await(OllamaJob.class).jobId();
        agent.sayLines(job, 1, SeedClient.token("a"));
        assertThat(leaves.nextEvent()).contains("\"a\"");

        leaves.close();
        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job);
        assertThat(value("orchestrator_cancels_seconds_count")).isEqualTo(before);
        agent.say(JobError.of(job, new JobFailure.Cancelled()));

        await().untilAsserted(() ->
                assertThat(value("orchestrator_cancels_seconds_count")).isEqualTo(before + 1));
    }

    @Test
    void a_model_that_nobody_has_is_refused_under_its_reason_and_not_under_its_name() {
        agent("has-another", 1, "metered:latest");

        given().contentType("application/json")
                .body(ASK.formatted("made-up-by-a-client"))
                .post("/v1/chat/completions")
                .then()
                .statusCode(404);

        await().untilAsserted(() -> assertThat(
                        value("orchestrator_refusals_total", "dialect=\"openai\"", "reason=\"no_such_model\""))
                .isPositive());
        assertThat(scrape()).doesNotContain("made-up-by-a-client").doesNotContain("a secret of mine");
    }

    @Test
    void no_metric_has_a_label_that_callers_can_make_up_but_those_of_the_machine_are_there() {
        given().get("/made-up-path").then().statusCode(404);

        assertThat(scrape())
                .doesNotContain("made-up-path")
                .doesNotContain("http_server")
                .contains("jvm_memory_used_bytes")
                .contains("process_cpu_usage");
    }

    private String scrape() {
        return given().get(metrics).then().statusCode(200).extract().asString();
    }

    private double value(String name, String... labels) {
        return samples(name, labels)
                .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(0.0, Double::sum);
    }

    private Stream<String> samples(String name, String... labels) {
        Pattern begins = Pattern.compile(Pattern.quote(name) + "[ {].*");
        return scrape().lines()
                .filter(line -> begins.matcher(line).matches())
                .filter(line -> List.of(labels).stream().allMatch(line::contains));
    }
}
