package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.system.Collector.Exported;

/** One trace from a client's request over queue and agent to Ollama, as a collector gets it; and nothing of what was said. */
@SystemTest
class TracesIT {
    private static final String GATEWAY = "ollama-orchestrator-gateway";
    private static final String AGENT = "ollama-orchestrator-agent";
    private static final String CLIENTS_SPAN = "00f067aa0ba902b7";

    @AutoClose
    private final Collector collector = Collector.start();

    @AutoClose
    private final Simulator simulator = Simulator.launch("simulator", "--models", "traced");

    @AutoClose
    private final Gateway gateway = Gateway.start(gatewayOptions());

    @AutoClose
    private final Agent agent = Agent.launch("traced-agent", gateway.agentsUrl(), simulator.url(), options());

    private List<String> options() {
        return List.of(
                "-DOTEL_EXPORTER_OTLP_ENDPOINT=" + collector.url(),
                "-DOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                "-Dquarkus.otel.bsp.schedule.delay=100ms");
    }

    /** An agent that is taken away is gone soon. */
    private String[] gatewayOptions() {
        return Stream.concat(options().stream(), Stream.of("-Dorchestrator.agents.resume-window=1s"))
                .toArray(String[]::new);
    }

    @Test
    void a_request_is_one_trace_from_its_client_to_ollama() {
        agent.awaitUsable(gateway);
        simulator.has("cold", "{\"loadMs\":100}");
        gateway.awaitOffered("traced-agent", "cold");
        String trace = newTrace();
        String words;
        try (Asked asked = ask("cold", "a secret prompt of mine", trace)) {
            words = asked.words();
        }

        Exported server = span(trace, "POST /v1/chat/completions", GATEWAY);
        Exported queue = span(trace, "queue", GATEWAY);
        Exported load = span(trace, "load cold:latest", GATEWAY);
        Exported job = span(trace, "chat cold:latest", GATEWAY);
        Exported agentsLoad = span(trace, "job load cold:latest", AGENT);
        Exported agentsJob = span(trace, "job chat cold:latest", AGENT);
        Exported call = span(trace, "POST /api/chat", AGENT);
        assertThat(server.parent()).isEqualTo(CLIENTS_SPAN);
        assertThat(queue.parent()).isEqualTo(server.id());
        assertThat(load.parent()).isEqualTo(server.id());
        assertThat(job.parent()).isEqualTo(server.id());
        assertThat(agentsLoad.parent()).isEqualTo(load.id());
        assertThat(agentsJob.parent()).isEqualTo(job.id());
        assertThat(call.parent()).isEqualTo(agentsJob.id());
        assertThat(job.attributes())
                .containsEntry("gen_ai.operation.name", "chat")
                .containsEntry("gen_ai.provider.name", "ollama")
                .containsEntry("gen_ai.request.model", "cold:latest")
                .containsEntry("orchestrator.agent.id", "traced-agent")
                .containsKeys("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens");
        assertThat(call.attributes()).containsEntry("http.response.status_code", "200");
        assertThat(simulator.awaitRequestSaying("a secret prompt of mine").header("traceparent"))
                .isEqualTo("00-" + trace + "-" + call.id() + "-01");
        assertThat(queue.span().getEndTimeUnixNano())
                .isGreaterThanOrEqualTo(load.span().getStartTimeUnixNano());
        assertThat(collector.hasSeen("cold:latest")).isTrue();
        assertThat(collector.hasSeen("a secret prompt of mine")).isFalse();
        assertThat(collector.hasSeen(words)).isFalse();
    }

    @Test
    void a_failure_of_ollamas_is_an_error_of_its_spans_without_its_text() {
        agent.awaitUsable(gateway);
        String trace = newTrace();
        try (Asked asked = Asked.question(Manner.OPENAI_WHOLE, "traced", "fails")
                .answeredBy("{\"failStatus\":400,\"failBody\":\"{\\\"error\\\":\\\"words of Ollama's\\\"}\"}")
                .header("traceparent", traceparent(trace))
                .of(gateway)) {
            assertThat(asked.status()).isEqualTo(400);
        }

        assertThat(span(trace, "chat traced:latest", GATEWAY).attributes())
                .containsEntry("error.type", "ollama_answered");
        assertThat(span(trace, "job chat traced:latest", AGENT).attributes())
                .containsEntry("error.type", "ollama_answered");
        assertThat(span(trace, "POST /api/chat", AGENT).attributes()).containsEntry("http.response.status_code", "400");
        assertThat(collector.hasSeen("words of Ollama's")).isFalse();
    }

    @Test
    void a_request_that_nobody_can_take_has_waited_and_that_is_all() {
        agent.awaitUsable(gateway);
        String trace = newTrace();
        try (Asked asked = Asked.question(Manner.OPENAI_WHOLE, "nobody-has-this", "hello")
                .header("traceparent", traceparent(trace))
                .of(gateway)) {
            assertThat(asked.status()).isEqualTo(404);
        }

        assertThat(span(trace, "queue", GATEWAY).attributes()).containsEntry("error.type", "no_such_model");
        assertThat(span(trace, "POST /v1/chat/completions", GATEWAY).attributes())
                .containsEntry("http.response.status_code", "404");
        assertThat(collector.spansOf(trace)).hasSize(2);
    }

    @Test
    void a_load_whose_agent_is_gone_has_an_end_too() {
        agent.awaitUsable(gateway);
        simulator.has("heavy", "{\"loadMs\":60000}");
        gateway.awaitOffered("traced-agent", "heavy");
        String trace = newTrace();
        try (Asked asked = ask("heavy", "hello", trace)) {
            Patience.until("the load", () -> !simulator.loadsOf("heavy").isEmpty());
            agent.kill();

            assertThat(asked.status()).isGreaterThanOrEqualTo(500);
        } finally {
            agent.relaunch();
        }

        assertThat(span(trace, "load heavy:latest", GATEWAY).attributes()).containsEntry("error.type", "agent_lost");
    }

    @Test
    void what_is_no_request_of_anybodys_is_no_trace() {
        agent.awaitUsable(gateway);
        String trace = newTrace();
        try (Asked asked = ask("traced", "hello", trace)) {
            assertThat(asked.words()).isNotEmpty();
        }
        Exported last = span(trace, "POST /api/chat", AGENT);

        assertThat(last.name()).isEqualTo("POST /api/chat");
        assertThat(collector.all())
                .extracting(Exported::name)
                .noneMatch(name -> name.contains("/api/tags") || name.contains("/api/ps") || name.contains("/q/"))
                .doesNotContain("GET /agents", "GET /");
    }

    private Asked ask(String model, String text, String trace) {
        return Asked.question(Manner.OPENAI_STREAM, model, text)
                .header("traceparent", traceparent(trace))
                .of(gateway);
    }

    private Exported span(String trace, String name, String service) {
        return Patience.untilFound(
                name + " of " + service,
                () -> collector.spansOf(trace).stream()
                        .filter(span ->
                                span.name().equals(name) && span.service().equals(service))
                        .findFirst());
    }

    private static String newTrace() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static String traceparent(String trace) {
        return "00-" + trace + "-" + CLIENTS_SPAN + "-01";
    }
}
