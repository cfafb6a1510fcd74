package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.models.ModelInfo;
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

/** Anthropic's SDK for Java. It has no embeddings, as Anthropic's API has none. */
@SystemTest
class SdkJavaAnthropicIT {
    private static final Tool WEATHER = Tool.builder()
            .name("weather")
            .inputSchema(Tool.InputSchema.builder()
                    .properties(Tool.InputSchema.Properties.builder()
                            .putAdditionalProperty("city", JsonValue.from(Map.of("type", "string")))
                            .build())
                    .build())
            .build();

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnTheSimulator {
        @AutoClose
        private final SdkSimulated simulated = new SdkSimulated();

        @AutoClose("close")
        private final AnthropicClient client = client(simulated.url(), 0);

        @AutoClose("close")
        private final AnthropicClient insistent = client(simulated.url(), 2);

        @BeforeEach
        void everything_is_there() {
            simulated.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() {
            assertThat(text(client.messages().create(asking("Hello").build()))).isEqualTo(SdkSimulated.SENTENCE);

            simulated.answerNext(SdkSimulated.COUNTS);
            List<RawMessageStreamEvent> events =
                    streamed(client, asking("count").build(), delta -> {});
            assertThat(events.getLast().isMessageStop()).isTrue();
            assertThat(deltas(events)).containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
        }

        @Test
        void a_tool_is_called_and_its_result_sent_back() {
            MessageCreateParams.Builder turns = asking("Weather in Paris?").addTool(WEATHER);
            simulated.answerNext(SdkSimulated.CALLS_WEATHER);

            Message message = client.messages().create(turns.build());

            assertThat(call(message).name()).isEqualTo("weather");
            assertThat(call(message)._input()).isEqualTo(JsonValue.from(Map.of("city", "Paris")));
            assertThat(text(client.messages().create(withResult(turns, message))))
                    .isEqualTo(SdkSimulated.SENTENCE);
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() {
            simulated.answerNext(SdkSimulated.NAMES_BERN);

            assertThat(city(client, asking("A city?")).name).isEqualTo(City.Name.BERN);
        }

        @Test
        void tokens_are_counted_and_models_listed() {
            assertThat(tokens(client, Fleet.SHARED)).isPositive();
            assertThat(modelIds(client)).containsExactlyInAnyOrder("shared:latest", "embed:latest");
        }

        @Test
        void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
            verifyErrors(client, Fleet.SHARED);
        }

        @ParameterizedTest
        @EnumSource
        void an_answer_that_breaks_is_an_exception(SdkSimulated.Break how) {
            var seen = new ArrayList<String>();

            simulated.answerNext(how.script());
            assertThatThrownBy(() -> streamed(client, asking("x").build(), seen::add))
                    .isInstanceOf(AnthropicException.class);
            assertThat(seen).containsExactly("0 ", "1 ");

            simulated.answerNext(how.script());
            assertThatThrownBy(() -> client.messages().create(asking("x").build()))
                    .isInstanceOf(InternalServerException.class);
        }

        @Test
        void a_stream_that_stalls_until_ollama_dies_is_an_exception() {
            simulated.answerNext(SdkSimulated.STALLS);

            assertThatThrownBy(() ->
                            streamed(client, asking("stalls").build(), delta -> simulated.endOllamaOnceItStalls()))
                    .isInstanceOf(AnthropicException.class);
        }

        /** The script is for one request: a second try would be answered. */
        @ParameterizedTest
        @ValueSource(strings = {"{\"failStatus\":500}", "{\"count\":5,\"failAfter\":2}"})
        void what_another_try_would_only_repeat_is_not_tried_again(String script) {
            simulated.answerNext(script);

            assertThatThrownBy(() -> insistent.messages().create(asking("x").build()))
                    .isInstanceOf(InternalServerException.class);
        }

        @Test
        void what_may_be_better_in_a_moment_is_tried_again() {
            simulated.answerNext("{\"failStatus\":503}");

            assertThat(text(insistent.messages().create(asking("x").build()))).isEqualTo(SdkSimulated.SENTENCE);
        }

        private static MessageCreateParams.Builder asking(String text) {
            return SdkJavaAnthropicIT.asking(Fleet.SHARED, text);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnRealOllama {
        @AutoClose
        private final SdkReal real = new SdkReal();

        @AutoClose("close")
        private final AnthropicClient client = client(real.url(), 0);

        @BeforeEach
        void everything_is_there() {
            real.awaitWhole();
        }

        @Test
        void a_chat_is_answered_whole_and_streamed() {
            MessageCreateParams hello = asking(SdkReal.TALKS, "Hello").build();

            assertThat(text(client.messages().create(hello))).isNotEmpty();

            List<RawMessageStreamEvent> events = streamed(client, hello, delta -> {});
            assertThat(events.getLast().isMessageStop()).isTrue();
            assertThat(deltas(events)).isNotEmpty();
        }

        @Test
        void a_tool_is_called_and_its_result_sent_back() {
            MessageCreateParams.Builder turns =
                    asking(SdkReal.CALLS, "Weather in Paris?").addTool(WEATHER);

            Message message = client.messages().create(turns.build());

            assertThat(call(message).name()).isEqualTo("weather");
            assertThat(call(message)._input().toString()).contains("Paris");
            assertThat(text(client.messages().create(withResult(turns, message))))
                    .isNotEmpty();
        }

        @Test
        void a_class_is_filled_from_a_structured_answer() {
            assertThat(city(client, asking(SdkReal.TALKS, "A city?")).name).isNotNull();
        }

        /** Ollama itself would refuse it. */
        @Test
        void thinking_asked_of_a_model_that_cannot_think_is_no_error() {
            MessageCreateParams thinking =
                    asking(SdkReal.TALKS, "Hello").enabledThinking(1024).build();

            assertThat(text(client.messages().create(thinking))).isNotEmpty();
        }

        @Test
        void tokens_are_counted_and_models_listed() {
            assertThat(tokens(client, SdkReal.TALKS)).isPositive();
            assertThat(modelIds(client)).contains("tiny:latest", "tiny-embed:latest");
        }

        @Test
        void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
            verifyErrors(client, SdkReal.TALKS);
        }

        private static MessageCreateParams.Builder asking(String model, String text) {
            return SdkJavaAnthropicIT.asking(model, text)
                    .putAdditionalBodyProperty("options", JsonValue.from(Map.of("seed", SdkReal.SEED)));
        }
    }

    private static AnthropicClient client(String gateway, int retriesMax) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(gateway)
                .apiKey("any")
                .maxRetries(retriesMax)
                .timeout(Duration.ofSeconds(15))
                .build();
    }

    private static MessageCreateParams.Builder asking(String model, String text) {
        return MessageCreateParams.builder()
                .model(model)
                .maxTokens(SdkReal.TOKENS_MAX)
                .addUserMessage(text);
    }

    private static String text(Message message) {
        return message.content().stream()
                .flatMap(block -> block.text().stream())
                .map(block -> block.text())
                .collect(Collectors.joining());
    }

    private static ToolUseBlock call(Message message) {
        return message.content().getLast().toolUse().orElseThrow();
    }

    private static MessageCreateParams withResult(MessageCreateParams.Builder turns, Message message) {
        return turns.addMessage(message)
                .addUserMessageOfContentBlockParams(
                        List.of(ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                                .toolUseId(call(message).id())
                                .content("sunny")
                                .build())))
                .build();
    }

    private static City city(AnthropicClient client, MessageCreateParams.Builder question) {
        return client.messages().create(question.outputConfig(City.class).build()).content().stream()
                .flatMap(block -> block.text().stream())
                .map(block -> block.text())
                .findFirst()
                .orElseThrow();
    }

    private static long tokens(AnthropicClient client, String model) {
        return client.messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model(model)
                        .addUserMessage("Hello")
                        .build())
                .inputTokens();
    }

    private static List<String> modelIds(AnthropicClient client) {
        return client.models().list().data().stream().map(ModelInfo::id).toList();
    }

    private static List<RawMessageStreamEvent> streamed(
            AnthropicClient client, MessageCreateParams request, Consumer<String> each) {
        try (StreamResponse<RawMessageStreamEvent> stream = client.messages().createStreaming(request)) {
            return stream.stream()
                    .peek(event -> deltas(List.of(event)).forEach(each))
                    .toList();
        }
    }

    private static List<String> deltas(List<RawMessageStreamEvent> events) {
        return events.stream()
                .flatMap(event -> event.contentBlockDelta().stream())
                .flatMap(block -> block.delta().text().stream())
                .map(delta -> delta.text())
                .toList();
    }

    private static void verifyErrors(AnthropicClient client, String model) {
        assertThatThrownBy(() ->
                        client.messages().create(asking("no-such-model", "x").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> client.messages()
                        .create(asking(model, "x")
                                .putAdditionalBodyProperty("container", JsonValue.from("c"))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("container");
    }
}
