package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Runs the scripts that drive an SDK. Each prints {@code ok} and the name of each case that holds; which ones there must
 * be is said by the tests, so that none gets lost.
 */
final class SdkScripts {
    /** The cases whose answers break; the scripts make them of one another. */
    static final List<String> BROKEN = List.of(
            "a stream that fails",
            "a whole answer that fails",
            "a stream that is cut off",
            "a whole answer that is cut off",
            "a stream that is reset",
            "a whole answer that is reset");

    private static final List<String> STALLED = List.of("a stream that stalls until Ollama dies");

    /** A bound that only a failure reaches. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static final String HOLDS = "ok ";

    private final String interpreter;
    private final Map<String, String> environment;

    SdkScripts(String interpreter, Map<String, String> environment) {
        this.interpreter = interpreter;
        this.environment = Map.copyOf(environment);
    }

    /** Runs a script's cases for the simulator, and the one whose answer stalls until Ollama is gone. */
    void runSimulated(String script, SdkSimulated simulated, List<String> cases) {
        simulated.awaitWhole();
        try (ServiceProcess process = start(script, "simulator", simulated.gateway())) {
            verify(process, cases);
        }
        try (ServiceProcess process = start(script, "stalled", simulated.gateway())) {
            simulated.endOllamaOnceItStalls();
            verify(process, STALLED);
        }
    }

    /** Runs a script's cases for a real Ollama. */
    void runReal(String script, SdkReal real, List<String> cases) {
        real.awaitWhole();
        try (ServiceProcess process = start(script, "real", real.gateway())) {
            verify(process, cases);
        }
    }

    static List<String> and(List<String> some, String... more) {
        return Stream.concat(some.stream(), Stream.of(more)).toList();
    }

    private ServiceProcess start(String script, String mode, Gateway gateway) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("GATEWAY", "http://127.0.0.1:" + gateway.port());
        String name = "sdk-" + script.substring(script.lastIndexOf('/') + 1) + "-" + mode;
        return ServiceProcess.start(
                name, List.of(interpreter, Optionally.resource("/sdk/" + script).toString(), mode), all);
    }

    private static void verify(ServiceProcess process, List<String> cases) {
        int exitCode = process.exitCode(LONGEST);
        String log = process.log();
        assertThat(log.lines().filter(line -> line.startsWith(HOLDS)).map(line -> line.substring(HOLDS.length())))
                .as("%s", log)
                .containsExactlyInAnyOrderElementsOf(cases);
        assertThat(exitCode).as("%s", log).isZero();
    }
}
