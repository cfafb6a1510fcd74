package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The recorded requests once more, to the Ollama that is installed: what it sends is what the client gets. */
@SystemTest
class GoldenRealIT {
    private static final Set<String> MODELS = Set.of("tiny", "tiny-tools", "tiny-think", "tiny-embed");
    private static final int TOKENS_MAX = 32;

    @AutoClose
    private final RealOllama ollama = RealOllama.start(Optionally.ollama());

    @AutoClose
    private final GoldenWire wire = GoldenWire.to(ollama.url());

    @AutoClose
    private final Gateway gateway = Gateway.start();

    @AutoClose
    private final Agent agent = Agent.launch("agent-golden-real", gateway.agentsUrl(), wire.url(), List.of());

    static Stream<GoldenRecording> requests() {
        return GoldenRecording.of("v0.32.15").stream().filter(recording -> MODELS.contains(recording.model()));
    }

    @BeforeAll
    void everything_is_there() {
        agent.awaitUsable(gateway);
    }

    /** Errors as well as answers: which of them it is, the installed version decides. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void the_client_gets_the_bytes_that_ollama_sends(GoldenRecording recording) {
        JsonNode request = bounded(recording.request());
        wire.forget();

        GoldenAnswer got = GoldenClient.post(gateway.port(), recording.path(), recording.headers(), request);

        GoldenWire.Exchange exchange = Patience.untilFound(
                "the end of Ollama's answer",
                () -> wire.exchanges(recording.path(), request).stream().findFirst());
        GoldenAnswer sent = exchange.answer();
        assertThat(got.status()).isEqualTo(sent.status());
        assertThat(got.contentType()).isEqualTo(sent.contentType());
        assertThat(got.text()).isEqualTo(sent.text());
        assertThat(got.body()).isEqualTo(sent.body());
    }

    /** Its models are tiny and may never stop by themselves. */
    private static JsonNode bounded(JsonNode request) {
        ObjectNode copy = request.deepCopy();
        boolean speaks = !copy.path("prompt").asText().isEmpty()
                || !copy.path("messages").isEmpty();
        if (speaks && copy.path("options").path("num_predict").asInt(TOKENS_MAX + 1) > TOKENS_MAX) {
            copy.withObjectProperty("options").put("num_predict", TOKENS_MAX);
        }
        return copy;
    }
}
