package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The services beside a real Ollama. Its models are tiny and may never stop by themselves, so every answer is bounded. */
@SystemTest
class RealOllamaIT {

    @AutoClose
    private final RealOllama ollama = RealOllama.start(Optionally.ollama());

    @AutoClose
    private final Gateway gateway = Gateway.start();

    @AutoClose
    private final Agent agent = Agent.launch("agent-beside-ollama", gateway.agentsUrl(), ollama.url(), List.of());

    @BeforeEach
    void everything_is_there() {
        ollama.restartIfKilled();
        agent.awaitUsable(gateway);
    }

    @Test
    void the_agent_finds_the_models_by_itself() {
        JsonNode seen = gateway.agent(agent.name()).orElseThrow();

        assertThat(seen.path("models"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder(
                        "tiny:latest", "tiny-tools:latest", "tiny-think:latest", "tiny-embed:latest");
        assertThat(seen.path("ollama").asText()).isEqualTo("up");
    }

    @Test
    void a_chat_streams_token_by_token_to_its_end() {
        long sent = System.nanoTime();

        try (SeedStream stream = gateway.client().send(bounded("tiny", 40).saying("Hello"))) {
            SeedStream.Event first = stream.awaitNext();
            SeedStream.Whole rest = stream.rest();
            Figures.show(
                    "real Ollama, tiny model: %d ms to the first token, %d ms to the last",
                    (first.arrivedNanos() - sent) / 1_000_000,
                    (rest.events().getLast().arrivedNanos() - sent) / 1_000_000);

            assertThat(first.token()).isNotEmpty();
            assertThat(rest.isDone()).as("%s", rest).isTrue();
            assertThat(rest.events()).hasSizeGreaterThan(5);
        }
    }

    @Test
    void a_conversation_of_several_turns_is_answered() {
        SeedRequest conversation = bounded("tiny-tools", 40)
                .turn("system", "Be brief.")
                .turn("user", "One?")
                .turn("assistant", "Two.")
                .turn("user", "Three?");

        try (SeedStream stream = gateway.client().send(conversation)) {
            assertThat(stream.text()).isNotEmpty();
        }
    }

    @Test
    void thinking_comes_beside_the_tokens() {
        try (SeedStream stream =
                gateway.client().send(bounded("tiny-think", 100).saying("Hello").parameter("think", "true"))) {
            SeedStream.Whole whole = stream.rest();

            assertThat(whole.isDone()).as("%s", whole).isTrue();
            assertThat(whole.events())
                    .filteredOn(event -> !event.isDone())
                    .anyMatch(event -> !event.json().path("thinking").asText().isEmpty());
            assertThat(whole.text()).isNotEmpty();
        }
    }

    @Test
    void an_unknown_model_is_refused_with_its_name() {
        try (SeedStream stream =
                gateway.client().send(bounded("no-such-model", 5).saying("Hello"))) {
            SeedStream.Whole whole = stream.rest();

            assertThat(stream.status()).isEqualTo(503);
            assertThat(whole.error()).isEqualTo("No available agents");
            assertThat(whole.events().getLast().json().path("reason").asText()).contains("no-such-model");
        }
    }

    @Test
    void ollama_killed_in_mid_stream_is_an_error_and_so_is_every_request_until_it_is_back() {
        try (SeedStream stream = gateway.client().send(bounded("tiny", 20_000).saying("Hello"))) {
            assertThat(stream.awaitNext().token()).isNotEmpty();

            ollama.kill();

            assertThat(stream.rest().error()).isNotBlank();
        }
        try (SeedStream stream = gateway.client().send(bounded("tiny", 5).saying("Hello"))) {
            SeedStream.Whole whole = stream.rest();

            assertThat(stream.status()).as("%s", whole).isIn(502, 503);
            assertThat(whole.error()).contains("Ollama");
        }
    }

    @Test
    void a_model_is_copied_created_from_and_deleted_through_the_gateway() {
        Http.Reply copied = change("POST", "/api/copy", "{\"source\":\"tiny\",\"destination\":\"tiny-copy\"}");
        assertThat(copied.status()).isEqualTo(200);
        assertThat(copied.body()).isEmpty();
        gateway.awaitOffered(agent.name(), "tiny-copy");

        Http.Reply created = change(
                "POST", "/api/create", "{\"model\":\"tiny-child\",\"from\":\"tiny-copy\",\"system\":\"be kind\"}");
        assertThat(created.body().lines())
                .contains("{\"status\":\"writing manifest\"}")
                .endsWith("{\"status\":\"success\"}");
        gateway.awaitOffered(agent.name(), "tiny-child");

        for (String model : List.of("tiny-child", "tiny-copy")) {
            assertThat(change("DELETE", "/api/delete", "{\"model\":\"" + model + "\"}")
                            .status())
                    .isEqualTo(200);
            Patience.until(model + " to be gone", () -> !offers(model + ":latest"));
        }
    }

    @Test
    void a_pull_that_cannot_be_fails_in_ollamas_words() {
        Http.Reply pulled = change("POST", "/api/pull", "{\"model\":\"127.0.0.1:1/no/such-model\",\"insecure\":true}");

        assertThat(pulled.status()).isEqualTo(200);
        assertThat(Http.json(pulled.body().lines().toList().getLast())
                        .path("error")
                        .asText())
                .contains("pull model manifest");
        assertThat(change("POST", "/api/pull", "{\"model\":\"127.0.0.1:1/no/such\",\"insecure\":true,\"stream\":false}")
                        .status())
                .isEqualTo(502);
    }

    private boolean offers(String model) {
        return gateway.agent(agent.name()).stream()
                .flatMap(seen -> seen.path("models").valueStream())
                .anyMatch(offered -> offered.asText().equals(model));
    }

    private Http.Reply change(String method, String path, String body) {
        return Http.exchange(
                gateway.port(), method, path, Map.of("Content-Type", "application/json", "Connection", "close"), body);
    }

    private static SeedRequest bounded(String model, int tokens) {
        return SeedRequest.to(model)
                .option("num_predict", Integer.toString(tokens))
                .option("seed", "1");
    }
}
