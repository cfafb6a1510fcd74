package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What clients say, what models answer, and secrets: in no log at the level DEBUG, no metric, no trace and no byte on the disk. */
@SystemTest
class CanaryIT {
    private final String prompt = canary("prompt");
    private final String answer = canary("answer");
    private final String ollamaError = canary("refusal");
    private final IssuedKey boss = IssuedKey.random();
    private final Path folder = Packaged.workFolder().resolve("canary-" + System.nanoTime());

    @AutoClose
    private final Collector collector = Collector.start();

    @AutoClose
    private final Simulator simulator = Simulator.launch("canary-simulator", "--models", Fleet.SHARED);

    @AutoClose
    private final Gateway gateway = Gateway.launch(
            traced(
                    "-Dorchestrator.keys.boss.hash=" + boss.hash(),
                    "-Dorchestrator.keys.boss.admin=true",
                    "-Dquarkus.http.host=127.0.0.1",
                    "-Dorchestrator.data-dir=" + folder,
                    "-Dquarkus.log.level=DEBUG"),
            boss.secret());

    @AutoClose
    private final Agent agent =
            Agent.launch("canary-agent", gateway.agentsUrl(), simulator.url(), traced("-Dquarkus.log.level=DEBUG"));

    private List<String> traced(String... options) {
        return Stream.concat(
                        Stream.of(options),
                        Stream.of(
                                "-DOTEL_EXPORTER_OTLP_ENDPOINT=" + collector.url(),
                                "-DOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                                "-Dquarkus.otel.bsp.schedule.delay=100ms"))
                .toList();
    }

    private static String canary(String what) {
        return what + UUID.randomUUID().toString().replace("-", "");
    }

    @Test
    void neither_logs_nor_metrics_nor_tables_nor_traces_have_seen_what_was_said() {
        simulator.awaitReady();
        gateway.awaitReady();
        agent.awaitUsable(gateway);
        Http.Reply made = call(boss.secret(), "POST", "/api/admin/keys", "{\"name\":\"silent\"}");
        String secret = made.json().path("secret").asText();

        for (Manner manner : Manner.values()) {
            assertAnswered(
                    secret, manner, "{\"tokens\":[\"%s\"],\"thinking\":[\"%s\"]}".formatted(answer, answer), 200);
        }
        assertAnswered(secret, Manner.OLLAMA_STREAM, "{\"failAfter\":1,\"tokens\":[\"%s\"]}".formatted(answer), 200);
        assertAnswered(secret, Manner.OPENAI_STREAM, "{\"cutAfter\":1,\"tokens\":[\"%s\"]}".formatted(answer), 200);
        assertAnswered(
                secret,
                Manner.OLLAMA_WHOLE,
                "{\"failStatus\":400,\"failBody\":\"{\\\"error\\\":\\\"%s\\\"}\"}".formatted(ollamaError),
                400);
        String errors = errors(secret);

        assertThat(errors).doesNotContain(prompt).doesNotContain(secret).doesNotContain(boss.secret());
        String metrics = Http.get(gateway.managementPort(), "/q/metrics").body();
        Patience.untilHolds(
                "the ledger to be written",
                () -> assertThat(new GatewayDatabase(folder)
                                .strings("SELECT id FROM usage_ledger WHERE key_name = 'silent'"))
                        .hasSizeGreaterThanOrEqualTo(Manner.values().length));
        // The last of all requests: what was asked before it has been exported, or is with it.
        for (String span : List.of("POST /v1/chat/completions", "chat shared:latest", "job chat shared:latest")) {
            Patience.untilHolds(
                    "the traces of all that was answered",
                    () -> assertThat(collector.all())
                            .filteredOn(exported -> exported.name().equals(span))
                            .hasSizeGreaterThanOrEqualTo(Manner.values().length));
        }
        gateway.process().terminate();
        agent.process().terminate();
        assertThat(gateway.process().exitCode()).isIn(0, 143);
        assertThat(agent.process().exitCode()).isIn(0, 143);

        assertThat(gateway.process().log()).contains("DEBUG").contains("ended: done");
        assertThat(agent.process().log()).contains("DEBUG");
        Map<String, String> seen = Map.of(
                "the gateway's log", gateway.process().log(),
                "the agent's log", agent.process().log(),
                "metrics", metrics,
                "the disk", bytesOnDisk());
        seen.forEach(
                (where, text) -> assertThat(List.of(prompt, answer, ollamaError, secret, boss.secret(), boss.hash()))
                        .as(where)
                        .noneMatch(text::contains));
        assertThat(List.of(prompt, answer, ollamaError, secret, boss.secret(), boss.hash()))
                .as("traces")
                .noneMatch(collector::hasSeen);
    }

    private void assertAnswered(String secret, Manner manner, String script, int status) {
        try (Asked asked = Asked.question(manner, Fleet.SHARED, prompt)
                .answeredBy(script)
                .header("Authorization", "Bearer " + secret)
                .of(gateway)) {
            assertThat(asked.status()).isEqualTo(status);
            assertThat(asked.answer().text()).isNotBlank();
        }
    }

    /** Answers to requests that cannot be taken: they name the field, and do not repeat what stood in it. */
    private String errors(String secret) {
        var errors = new StringBuilder();
        for (String path : List.of("/v1/chat/completions", "/v1/messages", "/api/chat", "/api/chat/completions")) {
            for (String body : List.of(
                    "{\"model\":\"shared\",\"messages\":\"%s\"}",
                    "{\"model\":\"shared\",\"messages\":[{\"role\":\"user\",\"content\":{\"%s\":1}}]}",
                    "{\"model\":\"shared\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"options\":7,\"max_tokens\":\"x\"}",
                    "{\"model\":\"shared\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"",
                    "%s")) {
                errors.append(call(secret, "POST", path, body.formatted(prompt)).body());
            }
            errors.append(call("olk_" + prompt, "POST", path, "{}").body());
        }
        errors.append(call(boss.secret(), "POST", "/api/admin/keys", "{\"name\":\"" + prompt + " \"}")
                .body());
        errors.append(call(secret, "DELETE", "/api/admin/keys/silent", "").body());
        return errors.toString();
    }

    private String bytesOnDisk() {
        var all = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {

                all.append(new String(Files.readAllBytes(file), ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(all).contains("silent");
        return all.toString();
    }

    private Http.Reply call(String secret, String method, String path, String body) {
        var headers = new HashMap<>(IssuedKey.header(secret));
        headers.put("Content-Type", "application/json");
        headers.put("Connection", "close");
        return Http.exchange(gateway.port(), method, path, headers, body);
    }
}
