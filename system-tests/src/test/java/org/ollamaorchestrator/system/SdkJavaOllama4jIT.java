package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ollama4j.Ollama;
import io.github.ollama4j.exceptions.OllamaException;
import io.github.ollama4j.models.chat.OllamaChatMessageRole;
import io.github.ollama4j.models.chat.OllamaChatRequest;
import io.github.ollama4j.models.chat.OllamaChatResponseModel;
import io.github.ollama4j.models.embed.OllamaEmbedRequest;
import io.github.ollama4j.models.generate.OllamaGenerateRequest;
import io.github.ollama4j.models.response.Model;
import io.github.ollama4j.tools.Tools;
import io.github.ollama4j.utils.Options;
import io.github.ollama4j.utils.OptionsBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ollama4j. It calls tools itself and sends their results back. */
@SystemTest
class SdkJavaOllama4jIT {

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnTheSimulator {
        @AutoClose
        private final SdkSimulated simulated = new SdkSimulated();

        private final Ollama client = new Ollama(simulated.url());

        @BeforeEach
        void everything_is_there() {
            simulated.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() throws OllamaException {
            assertThat(answer(client, asking("x"))).isEqualTo(SdkSimulated.SENTENCE);

            simulated.answerNext(SdkSimulated.COUNTS);
            var seen = new ArrayList<String>();
            stream(client, asking("x"), seen::add);
            assertThat(seen).containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
        }

        @Test
        void a_tool_is_called_and_its_result_sent_back() throws OllamaException {
            simulated.answerNext(SdkSimulated.CALLS_WEATHER);
            var asked = new ArrayList<Map<String, Object>>();

            String answer = answer(client, asking("Weather in Paris?").withTools(weather(asked)));

            assertThat(asked).containsExactly(Map.of("city", "Paris"));
            assertThat(answer).isEqualTo(SdkSimulated.SENTENCE);
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() throws OllamaException {
            simulated.answerNext(SdkSimulated.NAMES_BERN);

            assertThat(city(client, Fleet.SHARED).name).isEqualTo(City.Name.BERN);
        }

        @Test
        void embeddings_and_models_are_there() throws OllamaException {
            assertThat(embeddingLengths(client, SdkSimulated.EMBED)).containsExactly(64, 64);
            assertThat(modelNames(client)).containsExactlyInAnyOrder("shared:latest", "embed:latest");
        }

        @Test
        void an_unknown_model_and_a_bad_request_are_exceptions() {
            verifyErrors(client, Fleet.SHARED, SdkSimulated.EMBED);
        }

        @ParameterizedTest
        @EnumSource
        void an_answer_that_breaks_is_an_exception(SdkSimulated.Break how) {
            var seen = new ArrayList<String>();

            simulated.answerNext(how.script());
            assertThatThrownBy(() -> stream(client, asking("x"), seen::add)).isInstanceOf(OllamaException.class);
            assertThat(seen).containsExactly("0 ", "1 ");

            simulated.answerNext(how.script());
            assertThatThrownBy(() -> answer(client, asking("x"))).isInstanceOf(OllamaException.class);
        }

        @Test
        void a_stream_that_stalls_until_ollama_dies_is_an_exception() {
            simulated.answerNext(SdkSimulated.STALLS);

            assertThatThrownBy(() -> stream(client, asking("stalls"), seen -> simulated.endOllamaOnceItStalls()))
                    .isInstanceOf(OllamaException.class);
        }

        private static OllamaChatRequest asking(String text) {
            return SdkJavaOllama4jIT.asking(Fleet.SHARED, text);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnRealOllama {
        @AutoClose
        private final SdkReal real = new SdkReal();

        private final Ollama client = new Ollama(real.url());

        @BeforeEach
        void everything_is_there() {
            real.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() throws OllamaException {
            assertThat(answer(client, asking(SdkReal.TALKS, "Hello"))).isNotEmpty();

            var seen = new ArrayList<String>();
            stream(client, asking(SdkReal.TALKS, "Hello"), seen::add);
            assertThat(seen).isNotEmpty();
        }

        /** The model calls the tool in every answer, so the SDK is told when to leave it at that. */
        @Test
        void a_tool_is_called_and_its_result_sent_back() throws OllamaException {
            client.setMaxChatToolCallRetries(1);
            var asked = new ArrayList<Map<String, Object>>();

            String answer =
                    answer(client, asking(SdkReal.CALLS, "Weather in Paris?").withTools(weather(asked)));

            assertThat(asked).hasSize(1);
            assertThat(asked.getFirst()).containsEntry("city", "Paris");
            assertThat(answer).isNotEmpty();
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() throws OllamaException {
            assertThat(city(client, SdkReal.TALKS).name).isNotNull();
        }

        @Test
        void embeddings_and_models_are_there() throws OllamaException {
            assertThat(embeddingLengths(client, SdkReal.EMBEDS)).hasSize(2).allMatch(length -> length > 0);
            assertThat(modelNames(client)).contains("tiny:latest", "tiny-embed:latest");
        }

        @Test
        void an_unknown_model_and_a_bad_request_are_exceptions() {
            verifyErrors(client, SdkReal.TALKS, SdkReal.EMBEDS);
        }
    }

    private static OllamaChatRequest asking(String model, String text) {
        return OllamaChatRequest.builder()
                .withModel(model)
                .withOptions(bounded())
                .withMessage(OllamaChatMessageRole.USER, text);
    }

    private static Options bounded() {
        return new OptionsBuilder()
                .setNumPredict(SdkReal.TOKENS_MAX)
                .setSeed(SdkReal.SEED)
                .build();
    }

    private static String answer(Ollama client, OllamaChatRequest request) throws OllamaException {
        return client.chat(request.build(), null)
                .getResponseModel()
                .getMessage()
                .getResponse();
    }

    private static void stream(Ollama client, OllamaChatRequest request, Consumer<String> each) throws OllamaException {
        OllamaChatResponseModel last = client.chat(request.withStreaming().build(), part -> {
                    String text = part.getMessage().getResponse();
                    if (text != null && !text.isEmpty()) {
                        each.accept(text);
                    }
                })
                .getResponseModel();
        assertThat(last.isDone()).isTrue();
    }

    /**
     * @param asked gets the arguments of each call
     * @return a list that the SDK can add to
     */
    private static List<Tools.Tool> weather(List<Map<String, Object>> asked) {
        Tools.Tool weather = Tools.Tool.builder()
                .toolSpec(Tools.ToolSpec.builder()
                        .name("weather")
                        .description("the weather")
                        .parameters(Tools.Parameters.of(Map.of(
                                "city",
                                Tools.Property.builder()
                                        .type("string")
                                        .description("a city")
                                        .required(true)
                                        .build())))
                        .build())
                .toolFunction(arguments -> {
                    asked.add(arguments);
                    return "sunny";
                })
                .build();
        return new ArrayList<>(List.of(weather));
    }

    private static City city(Ollama client, String model) throws OllamaException {
        Map<String, Object> schema = Map.of(
                "type",
                "object",
                "properties",
                Map.of("name", Map.of("type", "string", "enum", List.of("BERN", "ROME"))),
                "required",
                List.of("name"));
        OllamaGenerateRequest request = OllamaGenerateRequest.builder()
                .withModel(model)
                .withPrompt("A city?")
                .withFormat(schema)
                .withOptions(bounded())
                .build();
        return client.generate(request, null).as(City.class);
    }

    private static List<Integer> embeddingLengths(Ollama client, String model) throws OllamaException {
        return client.embed(new OllamaEmbedRequest(model, List.of("one", "two"))).getEmbeddings().stream()
                .map(List::size)
                .toList();
    }

    private static List<String> modelNames(Ollama client) throws OllamaException {
        return client.listModels().stream().map(Model::getName).toList();
    }

    /** @param embeds a model that cannot chat */
    private static void verifyErrors(Ollama client, String model, String embeds) {
        assertThatThrownBy(() -> answer(client, asking("no-such-model", "x")))
                .isInstanceOf(OllamaException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> answer(client, asking(embeds, "x")))
                .isInstanceOf(OllamaException.class)
                .hasMessageContaining("does not support chat");
        assertThatThrownBy(() -> answer(client, asking(model, "x").withKeepAlive("for ever")))
                .isInstanceOf(OllamaException.class)
                .hasMessageContaining("invalid duration");
    }
}
