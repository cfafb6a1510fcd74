package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts that people run as root, the one that makes the AOT cache, and the workflows. */
class ScriptsIT {

    @TempDir
    private Path folder;

    static Stream<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.walk(Packaged.root().resolve("deploy"))) {
            return Stream.concat(
                    files.filter(file -> file.toString().endsWith(".sh")).sorted().toList().stream(),
                    Stream.of(Packaged.root().resolve(".ci/run")));
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void shellcheck_has_nothing_to_say(Path script) {
        Tool.Verdict verdict = checked(script);

        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
        assertThat(script).isExecutable();
    }

    @Test
    void shellcheck_notices_a_path_without_quotes() throws IOException {
        assertThat(checked(Files.writeString(folder.resolve("spoiled.sh"), "#!/bin/sh\nrm -rf $1/bin\n"))
                        .isGood())
                .isFalse();
    }

    @Test
    void a_service_with_an_aot_cache_starts_from_it() {
        Path agent = copied(Packaged.agentFolder(), "agent");

        trained(agent);

        assertStartsFromCache(agent);
    }

    @Test
    void both_services_are_trained_by_requests_and_start_from_their_caches() {
        Path gateway = copied(Packaged.gatewayFolder(), "gateway");
        Path agent = copied(Packaged.agentFolder(), "agent");

        trained(gateway, agent, Packaged.simulator(), Path.of("60"));

        assertStartsFromCache(gateway);
        assertStartsFromCache(agent);
    }

    private Path copied(Path service, String name) {
        Path copy = folder.resolve(name);
        assertThat(Tool.run(List.of("cp", "-R", "-p", service.toString(), copy.toString()))
                        .isGood())
                .isTrue();
        return copy;
    }

    private static void trained(Path... arguments) {
        var command = new ArrayList<>(List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                Packaged.root().resolve("deploy/containers/aot-cache.sh").toString()));
        Stream.of(arguments).map(Path::toString).forEach(command::add);
        Tool.Verdict made = Tool.run(command);
        assertThat(made.isGood()).as(made.said()).isTrue();
    }

    /** With AOTMode=on the JVM would end at once if it could not use the cache. */
    private static void assertStartsFromCache(Path service) {
        try (ServiceProcess process = ServiceProcess.jar(
                service.getFileName() + "-from-cache",
                service.resolve("quarkus-run.jar"),
                List.of("-XX:+UseSerialGC", "-XX:AOTMode=on", "-XX:AOTCache=" + service.resolve("app.aot")),
                List.of(),
                Map.of(
                        "PORT", "0",
                        "ORCHESTRATOR_AGENTS_PORT", "0",
                        "GATEWAY_MANAGEMENT_PORT", "0",
                        "AGENT_PORT", "0",
                        "AGENT_MANAGEMENT_PORT", "0",
                        "SERVER_WS_URL", "ws://127.0.0.1:1"))) {
            process.awaitReady(() -> process.log().contains("Listening on"));
            process.terminate();
            assertThat(process.exitCode()).isIn(0, 143);
        }
    }

    @Test
    void actionlint_has_nothing_to_say_about_the_workflows() throws IOException {
        var command = new ArrayList<>(List.of(Optionally.tool("actionlint", "-version"), "-no-color"));
        try (Stream<Path> files = Files.list(Packaged.root().resolve(".github/workflows"))) {
            files.map(Path::toString).forEach(command::add);
        }

        Tool.Verdict verdict = Tool.run(command);

        assertThat(command).hasSizeGreaterThan(2);
        assertThat(verdict.isGood()).as(verdict.said()).isTrue();
    }

    @Test
    void actionlint_notices_a_step_that_waits_for_nobody() throws IOException {
        Path spoiled = Files.writeString(
                folder.resolve("spoiled.yml"),
                "on: push\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-24.04\n    steps: [{run: ls}]\n");

        assertThat(Tool.run(List.of(Optionally.tool("actionlint", "-version"), spoiled.toString()))
                        .isGood())
                .isFalse();
    }

    private static Tool.Verdict checked(Path script) {
        return Tool.run(List.of(Optionally.tool("shellcheck", "--version"), script.toString()));
    }
}
