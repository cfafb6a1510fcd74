package org.ollamaorchestrator.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClientLeavesTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String CHAT =
            "{\"model\":\"simulated\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyPhaseAndWay")
    void a_client_that_leaves_is_noticed_at_once(Phase phase, String way, Script script, Consumer<RawClient> leave) {
        try (OllamaSimulator simulator = OllamaSimulator.start();
                RawClient other = new RawClient(simulator);
                RawClient client = new RawClient(simulator)) {
            if (phase == Phase.QUEUED) {
                simulator.enqueue(Script.builder().hang(true).build());
                other.send("POST", "/api/chat", CHAT);
                awaitPhase(simulator, Phase.HANGING);
            }
            simulator.enqueue(script);
            client.send("POST", "/api/chat", CHAT);
            awaitPhase(simulator, phase);
            Instant before = Instant.now();

            leave.accept(client);

            Observed left = simulator.awaitRequest(Observed::ended, SOON);
            assertThat(left.outcome()).isEqualTo(Outcome.CLIENT_LEFT);
            assertThat(left.leftIn()).isEqualTo(phase);
            assertThat(left.endedAt()).isBetween(before, before.plusSeconds(5));
        }
    }

    static Stream<Arguments> everyPhaseAndWay() {
        Consumer<RawClient> fin = RawClient::leave;
        Consumer<RawClient> rst = RawClient::leaveByReset;
        return Arrays.stream(Phase.values())
                .filter(phase -> phase != Phase.RECEIVED)
                .flatMap(phase -> Stream.of(
                        Arguments.of(phase, "by FIN", scriptFor(phase), fin),
                        Arguments.of(phase, "by RST", scriptFor(phase), rst)));
    }

    private static Script scriptFor(Phase phase) {
        return switch (phase) {
            case RECEIVED, QUEUED -> Script.defaults();
            case LOADING -> Script.builder().loadMs(3_600_000).build();
            case PREFILL -> Script.builder().firstTokenMs(3_600_000).build();
            case STREAMING -> Script.builder().count(1_000_000).paceMs(1).build();
            case STALLED -> Script.builder().stallAfter(1).build();
            case HANGING -> Script.builder().hang(true).build();
        };
    }

    @Test
    void a_stopped_ollama_cuts_refuses_and_comes_back_cold_on_its_port() {
        try (OllamaSimulator simulator = OllamaSimulator.start();
                RawClient client = new RawClient(simulator)) {
            simulator.enqueue(Script.builder().count(9).stallAfter(2).build());
            client.send("POST", "/api/chat", CHAT);
            awaitPhase(simulator, Phase.STALLED);

            simulator.pauseListening();

            RawClient.Answer answer = client.read();
            assertThat(answer.lines()).hasSize(2);
            assertThat(answer.complete()).isFalse();
            assertThat(simulator.requests().getFirst().outcome()).isEqualTo(Outcome.CUT);
            assertThatThrownBy(() -> RawClient.call(simulator, "GET", "/", "")).hasMessageContaining("refused");

            simulator.resumeListening();

            assertThat(RawClient.call(simulator, "GET", "/api/ps", "").body()).isEqualTo("{\"models\":[]}");
        }
    }

    @Test
    void a_stopped_ollama_answers_nobody_who_waits() {
        try (OllamaSimulator simulator = OllamaSimulator.start();
                RawClient running = new RawClient(simulator);
                RawClient waiting = new RawClient(simulator)) {
            simulator.enqueue(Script.builder().hang(true).build());
            running.send("POST", "/api/chat", CHAT);
            awaitPhase(simulator, Phase.HANGING);
            waiting.send("POST", "/api/chat", CHAT);
            awaitPhase(simulator, Phase.QUEUED);

            simulator.pauseListening();

            assertThat(simulator.requests()).extracting(Observed::outcome).containsExactly(Outcome.CUT, Outcome.CUT);
            assertThat(simulator.requests()).extracting(Observed::firstByteAt).containsOnlyNulls();
        }
    }

    @Test
    void waiting_for_what_never_comes_tells_what_was_seen() {
        try (OllamaSimulator simulator = OllamaSimulator.start()) {
            RawClient.Answer answer = RawClient.call(simulator, "GET", "/api/version", "");
            assertThat(answer.status()).isEqualTo(200);

            assertThatThrownBy(() -> {
                        simulator.awaitRequest(seen -> false, Duration.ofMillis(1));
                    })
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("/api/version");
        }
    }

    private static void awaitPhase(OllamaSimulator simulator, Phase phase) {
        simulator.awaitRequest(seen -> seen.phase() == phase, SOON);
    }
}
