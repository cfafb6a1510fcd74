package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Schemathesis reads the description of the API and sends what it allows, and what it does not. {@code -Dfuzz.seed} and
 * {@code -Dfuzz.examples} make it look elsewhere and for longer.
 */
@SystemTest
class OpenApiFuzzIT {
    private static final int SEED = Integer.getInteger("fuzz.seed", 6);
    private static final int EXAMPLES = Integer.getInteger("fuzz.examples", 60);

    private final String python = Optionally.python("schemathesis");
    private final IssuedKey boss = IssuedKey.random();

    @AutoClose
    private final Fleet fleet = Fleet.plan()
            .slots(4)
            .administrator(boss)
            .gatewayOption("-Dorchestrator.data-dir=" + Packaged.workFolder().resolve("fuzz-" + System.nanoTime()))
            .gatewayOption("-Dorchestrator.limits.num-predict=50")
            .start();

    @Test
    @Timeout(value = 6, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void no_request_makes_an_internal_error() {
        String gateway = "http://127.0.0.1:" + fleet.gateway().port();
        try (ServiceProcess schemathesis = ServiceProcess.start(
                "schemathesis",
                List.of(
                        python,
                        "-m",
                        "schemathesis.cli",
                        "--no-color",
                        "run",
                        gateway + "/q/openapi?format=json",
                        "--url=" + gateway,
                        // The first token that is made up would shut out the agent, which has none.
                        "--exclude-path-regex=^/api/admin/agents",
                        "--header=Authorization:Bearer " + boss.secret(),
                        "--checks=no_internal_error",
                        "--phases=examples,coverage,fuzzing",
                        "--max-examples=" + EXAMPLES,
                        "--seed=" + SEED,
                        "--request-timeout=20",
                        "--suppress-health-check=all",
                        "--generation-database=none"),
                Map.of(
                        "SCHEMATHESIS_HOOKS",
                        Optionally.resource("/schemathesis/hooks.py").toString(),
                        "PYTHONDONTWRITEBYTECODE",
                        "1",
                        "MODEL",
                        Fleet.SHARED))) {

            assertThat(schemathesis.exitCode(Duration.ofMinutes(5)))
                    .as("%s", schemathesis.log())
                    .isZero();
            Figures.show(
                    "%s",
                    schemathesis
                            .logLines()
                            .filter(line -> line.contains(" generated, "))
                            .findFirst()
                            .orElse(""));
        }
        assertThat(fleet.gateway().process().log()).doesNotContain("in a way that nobody expected");
        fleet.awaitWhole();
    }
}
