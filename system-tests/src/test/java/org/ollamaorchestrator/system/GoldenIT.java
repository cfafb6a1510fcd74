package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What real Ollamas once answered, and what a client of the gateway gets when the same is answered to the agent. */
@SystemTest
class GoldenIT {
    @AutoClose
    private final Simulator simulator =
            Simulator.launch("simulator-golden", "--models", "tiny,tiny-tools,tiny-think,tiny-embed,tiny-child");

    @AutoClose
    private final Gateway gateway = Gateway.launch(List.of());

    /** The simulator checks requests and frames answers in its own way; here both are as they were recorded. */
    @AutoClose
    private final GoldenWire wire = GoldenWire.to(simulator.url());

    @AutoClose
    private final Agent agent = Agent.launch("agent-golden", gateway.agentsUrl(), wire.url(), List.of());

    static Stream<GoldenRecording> recordings() {
        return Stream.of("v0.17.4", "v0.32.15").flatMap(version -> GoldenRecording.of(version).stream());
    }

    @BeforeAll
    void everything_is_there() {
        simulator.awaitReady();
        gateway.awaitReady();
        agent.awaitUsable(gateway);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recordings")
    void a_recorded_answer_arrives_byte_for_byte(GoldenRecording recording) {
        GoldenAnswer recorded = recording.answer();
        wire.replay(recording);

        GoldenAnswer got =
                GoldenClient.post(gateway.port(), recording.path(), recording.headers(), recording.request());

        assertThat(wire.exchanges(recording.path(), recording.request()))
                .as("the gateway has not answered by itself: %s", got.text())
                .hasSize(1);
        assertThat(got.status()).isEqualTo(recorded.status());
        assertThat(got.contentType()).isEqualTo(recorded.contentType());
        assertThat(got.text()).isEqualTo(recorded.text());
        assertThat(got.body()).isEqualTo(recorded.body());
    }
}
