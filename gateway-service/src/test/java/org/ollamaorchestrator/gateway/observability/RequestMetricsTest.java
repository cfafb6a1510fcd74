package org.ollamaorchestrator.gateway.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.JobUsage;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.Room;

/** What one request adds to the metrics, and what nobody can add to them. */
@NullMarked
class RequestMetricsTest {

    private static final JobUsage USED = new JobUsage(10, 5, true);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final KnownNames names = new KnownNames();
    private final RequestMetrics metrics = new RequestMetrics(registry, names);

    @Test
    void a_whole_answer_is_measured_as_the_conventions_say() {
        names.learn(agent("a", "tiny"));

        metrics.ended(answered("tiny", USED, "done"));

        assertThat(registry.get("gen_ai.server.request.duration")
                        .tags(
                                "gen_ai.operation.name",
                                "chat",
                                "gen_ai.provider.name",
                                "ollama",
                                "gen_ai.request.model",
                                "tiny:latest",
                                "error.type",
                                "")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(900);
        assertThat(millis("gen_ai.server.time_to_first_token")).isEqualTo(100);
        assertThat(millis("gen_ai.server.time_per_output_token")).isEqualTo(200);
        assertThat(tokens("input")).isEqualTo(10);
        assertThat(tokens("output")).isEqualTo(5);
        assertThat(registry.get("orchestrator.requests")
                        .tags("dialect", "openai", "end", "done")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"CHAT,chat", "GENERATE,text_completion", "EMBED,embeddings", "EMBEDDINGS,embeddings", "SHOW,show"})
    void an_operation_has_the_conventions_name_if_they_have_one(Operation operation, String name) {
        metrics.ended(entry("tiny", operation, Optional.empty(), USED, Optional.empty(), "done"));

        assertThat(registry.get("gen_ai.server.request.duration")
                        .tag("gen_ai.operation.name", name)
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void what_generates_nothing_has_no_first_token() {
        metrics.ended(entry(
                "tiny",
                Operation.PULL,
                Optional.of(new AgentId("a")),
                USED,
                Optional.of(Duration.ofMillis(1)),
                "done"));

        assertThat(registry.find("gen_ai.server.time_to_first_token").timer()).isNull();
        assertThat(registry.find("gen_ai.server.request.duration").timer()).isNotNull();
    }

    @Test
    void an_answer_that_broke_off_has_its_error_and_no_pace() {
        metrics.ended(answered("tiny", USED, "OllamaBroke"));

        assertThat(registry.get("gen_ai.server.request.duration")
                        .tag("error.type", "ollama_broke")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.find("gen_ai.server.time_per_output_token").timer()).isNull();
        assertThat(registry.find("orchestrator.refusals").counter()).isNull();
    }

    @Test
    void tokens_that_were_only_guessed_are_not_measured() {
        metrics.ended(answered("tiny", new JobUsage(10, 5, false), "done"));

        assertThat(registry.find("gen_ai.client.token.usage").summary()).isNull();
        assertThat(registry.find("gen_ai.server.time_per_output_token").timer()).isNull();
    }

    @Test
    void what_no_agent_ever_had_is_a_refusal_with_its_reason_unless_the_client_left() {
        metrics.ended(unplaced("tiny", "QueueFull"));
        metrics.ended(unplaced("tiny", "Cancelled"));
        metrics.refused(new JobFailure.LimitReached("tokens per minute", Duration.ofSeconds(1)), "anthropic");

        assertThat(registry.find("orchestrator.refusals").counters().stream()
                        .collect(Collectors.toMap(
                                counter -> counter.getId().getTag("reason"),
                                counter -> counter.getId().getTag("dialect"))))
                .isEqualTo(Map.of("queue_full", "openai", "limit_reached", "anthropic"));
    }

    @Test
    void ten_thousand_models_that_somebody_makes_up_are_one_label() {
        names.learn(agent("a", "tiny"));
        metrics.ended(unplaced("made-up", "NoSuchModel"));
        metrics.ended(answered("made-up", USED, "done"));
        Set<Meter.Id> before = meters();

        for (int i = 0; i < 10_000; i++) {
            metrics.ended(unplaced("made-up-" + i, "NoSuchModel"));
            metrics.ended(answered("made-up-" + i, USED, "done"));
        }

        assertThat(meters()).isEqualTo(before);
        assertThat(registry.find("gen_ai.server.request.duration").timers())
                .extracting(timer -> timer.getId().getTag("gen_ai.request.model"))
                .containsOnly("other");
    }

    @Test
    void agents_that_come_with_ever_new_names_and_models_have_two_hundred_labels_and_no_more() {
        for (int i = 0; i < 1000; i++) {
            names.learn(agent("agent-" + i, "model-" + i));
        }

        assertThat(IntStream.range(0, 1000).mapToObj(i -> names.agent("agent-" + i)))
                .contains("agent-199", "other")
                .doesNotContain("agent-200");
        assertThat(IntStream.range(0, 1000)
                        .mapToObj(i -> names.model(new ModelName("model-" + i)))
                        .distinct())
                .hasSize(201);
    }

    private Set<Meter.Id> meters() {
        return registry.getMeters().stream().map(Meter::getId).collect(Collectors.toSet());
    }

    private double millis(String timer) {
        return registry.get(timer).timer().totalTime(TimeUnit.MILLISECONDS);
    }

    private double tokens(String type) {
        return registry.get("gen_ai.client.token.usage")
                .tag("gen_ai.token.type", type)
                .summary()
                .totalAmount();
    }

    private static Ledger.Entry answered(String model, JobUsage usage, String end) {
        return entry(
                model, Operation.CHAT, Optional.of(new AgentId("a")), usage, Optional.of(Duration.ofMillis(100)), end);
    }

    private static Ledger.Entry unplaced(String model, String end) {
        return entry(model, Operation.CHAT, Optional.empty(), new JobUsage(0, 0, false), Optional.empty(), end);
    }

    private static Ledger.Entry entry(
            String model,
            Operation operation,
            Optional<AgentId> agent,
            JobUsage usage,
            Optional<Duration> firstLine,
            String end) {
        return new Ledger.Entry(
                new RequestId("r"),
                "req_1",
                "openai",
                "anna",
                new ModelName(model),
                operation,
                agent,
                usage,
                firstLine,
                Optional.empty(),
                firstLine,
                Duration.ofMillis(900),
                end,
                Instant.EPOCH);
    }

    private static AgentProfile agent(String name, String model) {
        return new AgentProfile(
                new AgentId(name),
                2,
                name,
                null,
                null,
                Map.of(),
                new AgentProfile.NamedModels(Set.of(new ModelName(model))),
                List.of(),
                1,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }
}
