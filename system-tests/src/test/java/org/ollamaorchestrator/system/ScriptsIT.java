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
        Path copy = folder.resolve("agent");
        assertThat(Tool.run(List.of("cp", "-R", "-p", Packaged.agentFolder().toString(), copy.toString()))
                        .isGood())
                .isTrue();
        String javaHome = System.getProperty("java.home");

        Tool.Verdict made = Tool.run(List.of(
                "env",
                "JAVA_HOME=" + javaHome,
                Packaged.root().resolve("deploy/containers/aot-cache.sh").toString(),
                copy.toString()));

        assertThat(made.isGood()).as(made.said()).isTrue();
        // With AOTMode=on the JVM would end at once if it could not use the cache.
        try (ServiceProcess service = ServiceProcess.jar(
                "agent-from-cache",
                copy.resolve("quarkus-run.jar"),
                List.of("-XX:+UseSerialGC", "-XX:AOTMode=on", "-XX:AOTCache=" + copy.resolve("app.aot")),
                List.of(),
                Map.of("AGENT_PORT", "0", "AGENT_MANAGEMENT_PORT", "0", "SERVER_WS_URL", "ws://127.0.0.1:1"))) {
            service.awaitReady(() -> service.log().contains("Listening on"));
            service.terminate();
            assertThat(service.exitCode()).isIn(0, 143);
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
