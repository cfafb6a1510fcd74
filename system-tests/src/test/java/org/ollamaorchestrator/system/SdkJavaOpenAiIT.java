package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's SDK for Java. */
@SystemTest
class SdkJavaOpenAiIT {
    private static final ChatCompletionFunctionTool WEATHER = ChatCompletionFunctionTool.builder()
            .function(FunctionDefinition.builder()
                    .name("weather")
                    .parameters(FunctionParameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty(
                                    "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                            .build())
                    .build())
            .build();

    private static final JsonValue SEEDED = JsonValue.from(Map.of("seed", SdkReal.SEED));

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnTheSimulator {
        @AutoClose
        private final SdkSimulated simulated = new SdkSimulated();

        @AutoClose("close")
        private final OpenAIClient client = client(simulated.url(), 0);

        @AutoClose("close")
        private final OpenAIClient insistent = client(simulated.url(), 2);

        @BeforeEach
        void everything_is_there() {
            simulated.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() {
            assertThat(content(client, asking("Hello").build())).isEqualTo(SdkSimulated.SENTENCE);

            simulated.answerNext(SdkSimulated.COUNTS);
            assertThat(streamed(client, asking("count").build(), seen -> {}))
                    .containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
        }

        @Test
        void a_tool_is_called_and_its_result_sent_back() {
            ChatCompletionCreateParams.Builder turns =
                    asking("Weather in Paris?").addTool(WEATHER);
            simulated.answerNext(SdkSimulated.CALLS_WEATHER);

            ChatCompletionMessage message = message(client, turns.build());

            ChatCompletionMessageFunctionToolCall call = call(message);
            assertThat(call.function().name()).isEqualTo("weather");
            assertThat(Http.json(call.function().arguments())).isEqualTo(Http.json("{\"city\":\"Paris\"}"));
            assertThat(content(client, withResult(turns, message))).isEqualTo(SdkSimulated.SENTENCE);
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() {
            simulated.answerNext(SdkSimulated.NAMES_BERN);

            assertThat(city(client, asking("A city?")).name).isEqualTo(City.Name.BERN);
        }

        @Test
        void embeddings_and_models_are_there() {
            assertThat(embeddingLengths(client, SdkSimulated.EMBED)).containsExactly(64, 64);
            assertThat(modelIds(client)).containsExactlyInAnyOrder("shared:latest", "embed:latest");
        }

        @Test
        void a_response_streams_to_its_completion() {
            simulated.answerNext(SdkSimulated.COUNTS);

            List<ResponseStreamEvent> events = responseEvents(client, responding(Fleet.SHARED));

            assertThat(text(events)).isEqualTo("0 1 2 3 4 ");
            assertThat(events.getLast().isCompleted()).isTrue();
        }

        @Test
        void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
            verifyErrors(client, Fleet.SHARED);
        }

        @ParameterizedTest
        @EnumSource
        void an_answer_that_breaks_is_an_exception(SdkSimulated.Break how) {
            String script = how.script();
            var seen = new ArrayList<String>();

            simulated.answerNext(script);
            assertThatThrownBy(() -> streamed(client, asking("x").build(), seen::add))
                    .isInstanceOf(OpenAIException.class);
            assertThat(seen).containsExactly("0 ", "1 ");

            simulated.answerNext(script);
            assertThatThrownBy(() -> content(client, asking("x").build())).isInstanceOf(InternalServerException.class);

            simulated.answerNext(script);
            assertThat(responseEvents(client, responding(Fleet.SHARED)))
                    .anyMatch(ResponseStreamEvent::isFailed)
                    .noneMatch(ResponseStreamEvent::isCompleted);
        }

        @Test
        void a_stream_that_stalls_until_ollama_dies_is_an_exception() {
            simulated.answerNext(SdkSimulated.STALLS);

            assertThatThrownBy(
                            () -> streamed(client, asking("stalls").build(), seen -> simulated.endOllamaOnceItStalls()))
                    .isInstanceOf(OpenAIException.class);
        }

        /** The script is for one request: a second try would be answered. */
        @ParameterizedTest
        @ValueSource(strings = {"{\"failStatus\":500}", "{\"count\":5,\"failAfter\":2}"})
        void what_another_try_would_only_repeat_is_not_tried_again(String script) {
            simulated.answerNext(script);

            assertThatThrownBy(() -> content(insistent, asking("x").build()))
                    .isInstanceOf(InternalServerException.class);
        }

        @Test
        void what_may_be_better_in_a_moment_is_tried_again() {
            simulated.answerNext("{\"failStatus\":503}");

            assertThat(content(insistent, asking("x").build())).isEqualTo(SdkSimulated.SENTENCE);
        }

        private static ChatCompletionCreateParams.Builder asking(String text) {
            return SdkJavaOpenAiIT.asking(Fleet.SHARED, text);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnRealOllama {
        @AutoClose
        private final SdkReal real = new SdkReal();

        @AutoClose("close")
        private final OpenAIClient client = client(real.url(), 0);

        @BeforeEach
        void everything_is_there() {
            real.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() {
            assertThat(content(client, asking(SdkReal.TALKS, "Hello").build())).isNotEmpty();

            assertThat(streamed(client, asking(SdkReal.TALKS, "Hello").build(), seen -> {}))
                    .isNotEmpty();
        }

        @Test
        void a_tool_is_called_and_its_result_sent_back() {
            ChatCompletionCreateParams.Builder turns =
                    asking(SdkReal.CALLS, "Weather in Paris?").addTool(WEATHER);

            ChatCompletionMessage message = message(client, turns.build());

            assertThat(call(message).function().name()).isEqualTo("weather");
            assertThat(call(message).function().arguments()).contains("Paris");
            assertThat(content(client, withResult(turns, message))).isNotEmpty();
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() {
            assertThat(city(client, asking(SdkReal.TALKS, "A city?")).name).isNotNull();
        }

        @Test
        void embeddings_and_models_are_there() {
            assertThat(embeddingLengths(client, SdkReal.EMBEDS)).hasSize(2).allMatch(length -> length > 0);
            assertThat(modelIds(client)).contains("tiny:latest", "tiny-embed:latest");
        }

        @Test
        void a_response_streams_to_its_end() {
            List<ResponseStreamEvent> events = responseEvents(client, responding(SdkReal.TALKS));

            assertThat(text(events)).isNotEmpty();
            assertThat(events.getLast()).matches(last -> last.isCompleted() || last.isIncomplete());
        }

        @Test
        void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
            verifyErrors(client, SdkReal.TALKS);
        }

        private static ChatCompletionCreateParams.Builder asking(String model, String text) {
            return SdkJavaOpenAiIT.asking(model, text)
                    .maxCompletionTokens(SdkReal.TOKENS_MAX)
                    .putAdditionalBodyProperty("options", SEEDED);
        }
    }

    private static OpenAIClient client(String gateway, int retriesMax) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway + "/v1")
                .apiKey("any")
                .maxRetries(retriesMax)
                .timeout(Duration.ofSeconds(15))
                .build();
    }

    private static ChatCompletionCreateParams.Builder asking(String model, String text) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage(text);
    }

    private static ChatCompletionMessage message(OpenAIClient client, ChatCompletionCreateParams request) {
        return client.chat().completions().create(request).choices().getFirst().message();
    }

    private static String content(OpenAIClient client, ChatCompletionCreateParams request) {
        return message(client, request).content().orElse("");
    }

    private static List<String> streamed(
            OpenAIClient client, ChatCompletionCreateParams request, Consumer<String> each) {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(request)) {
            return stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .filter(text -> !text.isEmpty())
                    .peek(each)
                    .toList();
        }
    }

    private static ChatCompletionMessageFunctionToolCall call(ChatCompletionMessage message) {
        return message.toolCalls().orElseThrow().getFirst().asFunction();
    }

    private static ChatCompletionCreateParams withResult(
            ChatCompletionCreateParams.Builder turns, ChatCompletionMessage message) {
        return turns.addMessage(message)
                .addMessage(ChatCompletionToolMessageParam.builder()
                        .toolCallId(call(message).id())
                        .content("sunny")
                        .build())
                .build();
    }

    private static City city(OpenAIClient client, ChatCompletionCreateParams.Builder question) {
        return client.chat()
                .completions()
                .create(question.responseFormat(City.class).build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
    }

    private static List<Integer> embeddingLengths(OpenAIClient client, String model) {
        EmbeddingCreateParams two = EmbeddingCreateParams.builder()
                .model(model)
                .inputOfArrayOfStrings(List.of("one", "two"))
                .build();
        return client.embeddings().create(two).data().stream()
                .map(item -> item.embedding().size())
                .toList();
    }

    private static List<String> modelIds(OpenAIClient client) {
        return client.models().list().data().stream().map(Model::id).toList();
    }

    private static ResponseCreateParams responding(String model) {
        return ResponseCreateParams.builder()
                .model(model)
                .input("x")
                .maxOutputTokens(SdkReal.TOKENS_MAX)
                .putAdditionalBodyProperty("options", SEEDED)
                .build();
    }

    private static List<ResponseStreamEvent> responseEvents(OpenAIClient client, ResponseCreateParams request) {
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(request)) {
            return stream.stream().toList();
        }
    }

    private static String text(List<ResponseStreamEvent> events) {
        return events.stream()
                .flatMap(event -> event.outputTextDelta().stream())
                .map(delta -> delta.delta())
                .collect(Collectors.joining());
    }

    private static void verifyErrors(OpenAIClient client, String model) {
        assertThatThrownBy(() -> content(client, asking("no-such-model", "x").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> content(client, asking(model, "x").n(2).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("n ");
    }
}
