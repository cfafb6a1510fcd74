package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The dashboard and the alerts ask for what a gateway tells; and each alert comes when it should. */
@SystemTest
class MonitoringIT {
    private static final Path FOLDER = Packaged.root().resolve("deploy/monitoring");

    private static final YAMLMapper YAML = new YAMLMapper();

    /** What Prometheus itself says of whom it scrapes. */
    private static final Set<String> OF_PROMETHEUS = Set.of("up");

    @TempDir
    private Path folder;

    @AutoClose
    private final Fleet fleet = Fleet.plan().agents(2).start();

    @Test
    void every_query_asks_for_a_metric_that_a_gateway_has_after_some_work() {
        Set<String> asked = new TreeSet<>();
        Stream.concat(
                        dashboardQueries().stream(),
                        alerts().map(rule -> rule.path("expr").asText()))
                .forEach(query -> asked.addAll(PromQl.metrics(query)));
        asked.removeAll(OF_PROMETHEUS);

        work();

        assertThat(asked).hasSizeGreaterThan(20);
        Patience.untilHolds(
                "a scrape with all of them",
                () -> assertThat(Scrape.of(fleet.gateway()).names()).containsAll(asked));
    }

    @Test
    void what_was_done_is_what_is_counted() {
        fleet.mend();
        Scrape before = Scrape.of(fleet.gateway());

        answered(Manner.OPENAI_STREAM);
        answered(Manner.OLLAMA_WHOLE);
        unknownModel();

        Patience.untilHolds("the counts", () -> {
            Scrape after = Scrape.of(fleet.gateway());
            assertThat(more(before, after, "orchestrator_requests_total", "dialect=\"openai\"", "end=\"done\""))
                    .isEqualTo(1);
            assertThat(more(before, after, "orchestrator_requests_total", "dialect=\"ollama\"", "end=\"done\""))
                    .isEqualTo(1);
            assertThat(more(before, after, "orchestrator_refusals_total", "reason=\"no_such_model\""))
                    .isEqualTo(1);
            assertThat(more(before, after, "gen_ai_client_token_usage_count", "gen_ai_token_type=\"output\""))
                    .isEqualTo(2);
            assertThat(more(before, after, "gen_ai_server_time_to_first_token_seconds_count"))
                    .isEqualTo(2);
        });
    }

    @Test
    void an_agent_counts_its_own_jobs() {
        fleet.mend();
        double before = Scrape.of(fleet.agent(0)).value("agent_jobs_total", "end=\"done\"");

        try (Asked asked =
                Asked.question(Manner.OPENAI_STREAM, Fleet.modelOf(0), "hello").of(fleet.gateway())) {
            assertThat(asked.words()).isNotEmpty();
        }

        Patience.untilHolds("the count", () -> {
            Scrape after = Scrape.of(fleet.agent(0));
            assertThat(after.value("agent_jobs_total", "end=\"done\"")).isGreaterThan(before);
            assertThat(after.value("agent_connected")).isEqualTo(1);
            assertThat(after.value("agent_ollama_up")).isEqualTo(1);
            assertThat(after.value("agent_registrations_total")).isPositive();
        });
    }

    @Test
    void a_query_for_what_nobody_has_is_noticed() {
        assertThat(PromQl.metrics(
                        "sum by (le) (rate(no_such_metric{instance=~\"x\"}[5m])) / on (instance) other_one > 0"))
                .containsExactly("no_such_metric", "other_one");
    }

    @Test
    void promtool_finds_the_rules_and_the_sample_configuration_sound() {
        String promtool = promtool();

        Tool.Verdict rules = Tool.run(List.of(promtool, "check", "rules", file("alerts.yml")));
        Tool.Verdict configuration = Tool.run(List.of(promtool, "check", "config", file("prometheus.yml")));

        assertThat(rules.isGood()).as(rules.said()).isTrue();
        assertThat(configuration.isGood()).as(configuration.said()).isTrue();
    }

    @Test
    void each_alert_comes_when_it_should_and_not_before() {
        Tool.Verdict verdict = Tool.run(List.of(promtool(), "test", "rules", file("alerts.test.yml")));

        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("alertNames")
    void an_alert_that_never_comes_is_missed_by_its_test(String alert) throws IOException {
        Files.copy(FOLDER.resolve("alerts.test.yml"), folder.resolve("alerts.test.yml"));
        JsonNode rules = YAML.readTree(FOLDER.resolve("alerts.yml").toFile());
        rules.path("groups")
                .path(0)
                .path("rules")
                .valueStream()
                .filter(rule -> rule.path("alert").asText().equals(alert))
                .forEach(rule -> ((ObjectNode) rule).put("expr", "vector(0) > 1"));
        YAML.writeValue(folder.resolve("alerts.yml").toFile(), rules);

        Tool.Verdict verdict = Tool.run(List.of(
                promtool(), "test", "rules", folder.resolve("alerts.test.yml").toString()));

        assertThat(verdict.isGood()).as(verdict.said()).isFalse();
        assertThat(verdict.said()).contains(alert);
    }

    @Test
    void every_alert_has_its_page_and_every_page_its_alert() throws IOException {
        List<String> pages = Pattern.compile("(?m)^## (\\w+)$")
                .matcher(Files.readString(Packaged.root().resolve("docs/alerts.md")))
                .results()
                .map(heading -> heading.group(1))
                .toList();

        assertThat(pages).containsExactlyInAnyOrderElementsOf(alertNames().toList());
    }

    static Stream<String> alertNames() {
        return alerts().map(rule -> rule.path("alert").asText());
    }

    /** Of every kind one: whole answers, a load, a wait, a refusal, a client that leaves, an agent that goes and comes. */
    private void work() {
        answered(Manner.OPENAI_STREAM);
        answered(Manner.OPENAI_WHOLE);
        unknownModel();
        Asked leaves = Asked.question(Manner.OPENAI_STREAM, Fleet.SHARED, "leaves")
                .answeredBy("{\"count\":100000,\"paceMs\":20}")
                .of(fleet.gateway());
        assertThat(leaves.awaitLine()).isNotEmpty();
        leaves.close();
        fleet.gateway().awaitIdle();
        fleet.agent(1).kill();
        fleet.mend();
    }

    private void answered(Manner manner) {
        try (Asked asked = Asked.question(manner, Fleet.SHARED, "hello").of(fleet.gateway())) {
            assertThat(asked.words()).isNotEmpty();
        }
    }

    private void unknownModel() {
        try (Asked asked =
                Asked.question(Manner.OPENAI_WHOLE, "nobody-has-this", "hello").of(fleet.gateway())) {
            assertThat(asked.status()).isEqualTo(404);
        }
    }

    private static double more(Scrape before, Scrape after, String name, String... labels) {
        return after.value(name, labels) - before.value(name, labels);
    }

    private static String promtool() {
        return Optionally.tool("promtool", "--version");
    }

    private static String file(String name) {
        return FOLDER.resolve(name).toString();
    }

    private static Stream<JsonNode> alerts() {
        try {
            return YAML.readTree(FOLDER.resolve("alerts.yml").toFile())
                    .path("groups")
                    .valueStream()
                    .flatMap(group -> group.path("rules").valueStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What its panels ask, and what its menus do. */
    private static List<String> dashboardQueries() {
        try {
            JsonNode dashboard = Http.json(Files.readString(FOLDER.resolve("dashboard.json")));
            return Stream.concat(
                            dashboard.findValuesAsText("expr").stream(),
                            dashboard.findValuesAsText("definition").stream()
                                    .map(menu -> menu.replaceAll("label_values\\((\\w+),.*", "$1")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
