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
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's SDK for Java. */
@SystemTest
class SdkJavaOpenAiIT {
    @AutoClose
    private final SdkSimulated simulated = new SdkSimulated();

    @AutoClose("close")
    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(simulated.url() + "/v1")
            .apiKey("any")
            .maxRetries(0)
            .timeout(Duration.ofSeconds(15))
            .build();

    @BeforeEach
    void everything_is_there() {
        simulated.awaitWhole();
    }

    @Test
    void a_chat_is_answered_whole_and_streamed() {
        assertThat(content(asking("Hello").build())).isEqualTo("Hello there, good to see you!");

        simulated.answerNext("{\"count\":5}");
        assertThat(streamed(asking("count").build(), seen -> {})).containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
    }

    @Test
    void a_tool_is_called_and_its_result_sent_back() {
        ChatCompletionCreateParams.Builder turns = asking("Weather in Paris?")
                .addTool(ChatCompletionFunctionTool.builder()
                        .function(FunctionDefinition.builder()
                                .name("weather")
                                .parameters(FunctionParameters.builder()
                                        .putAdditionalProperty("type", JsonValue.from("object"))
                                        .putAdditionalProperty(
                                                "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                        .build())
                                .build())
                        .build());
        simulated.answerNext(
                "{\"tokens\":[],\"toolCalls\":[{\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}}]}");

        ChatCompletionMessage message = client.chat()
                .completions()
                .create(turns.build())
                .choices()
                .getFirst()
                .message();

        ChatCompletionMessageFunctionToolCall call =
                message.toolCalls().orElseThrow().getFirst().asFunction();
        assertThat(call.function().name()).isEqualTo("weather");
        assertThat(Http.json(call.function().arguments())).isEqualTo(Http.json("{\"city\":\"Paris\"}"));
        ChatCompletionCreateParams next = turns.addMessage(message)
                .addMessage(ChatCompletionToolMessageParam.builder()
                        .toolCallId(call.id())
                        .content("sunny")
                        .build())
                .build();
        assertThat(content(next)).isEqualTo("Hello there, good to see you!");
    }

    @Test
    void a_class_is_filled_from_a_structured_answer() {
        simulated.answerNext("{\"tokens\":[\"{\\\"name\\\": \", \"\\\"Bern\\\"}\"]}");

        City city = client.chat()
                .completions()
                .create(asking("A city?").responseFormat(City.class).build())
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();

        assertThat(city.name).isEqualTo("Bern");
    }

    /** What the model is asked for. */
    public static final class City {
        public String name = "";
    }

    @Test
    void embeddings_and_models_are_there() {
        EmbeddingCreateParams two = EmbeddingCreateParams.builder()
                .model(SdkSimulated.EMBED)
                .inputOfArrayOfStrings(List.of("one", "two"))
                .build();

        assertThat(client.embeddings().create(two).data())
                .extracting(item -> item.embedding().size())
                .containsExactly(64, 64);
        assertThat(client.models().list().data())
                .extracting(Model::id)
                .containsExactlyInAnyOrder("shared:latest", "embed:latest");
    }

    @Test
    void a_response_streams_to_its_completion() {
        simulated.answerNext("{\"count\":5}");

        List<ResponseStreamEvent> events = responseEvents();

        assertThat(events.stream()
                        .flatMap(event -> event.outputTextDelta().stream())
                        .map(delta -> delta.delta()))
                .containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
        assertThat(events.getLast().isCompleted()).isTrue();
    }

    @Test
    void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
        assertThatThrownBy(() -> content(asking("x").model("no-such-model").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> content(asking("x").n(2).build())).isInstanceOf(BadRequestException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"failAfter", "cutAfter", "resetAfter"})
    void an_answer_that_breaks_is_an_exception(String how) {
        String script = "{\"count\":5,\"paceMs\":5,\"" + how + "\":2}";
        var seen = new ArrayList<String>();

        simulated.answerNext(script);
        assertThatThrownBy(() -> streamed(asking("x").build(), seen::add)).isInstanceOf(OpenAIException.class);
        assertThat(seen).containsExactly("0 ", "1 ");

        simulated.answerNext(script);
        assertThatThrownBy(() -> content(asking("x").build())).isInstanceOf(InternalServerException.class);

        simulated.answerNext(script);
        assertThat(responseEvents())
                .anyMatch(ResponseStreamEvent::isFailed)
                .noneMatch(ResponseStreamEvent::isCompleted);
    }

    @Test
    void a_stream_that_stalls_until_ollama_dies_is_an_exception() {
        simulated.answerNext("{\"count\":5,\"stallAfter\":1}");

        assertThatThrownBy(() -> streamed(asking("stalls").build(), seen -> simulated.endOllamaOnceItStalls()))
                .isInstanceOf(OpenAIException.class);
    }

    private static ChatCompletionCreateParams.Builder asking(String text) {
        return ChatCompletionCreateParams.builder().model(Fleet.SHARED).addUserMessage(text);
    }

    private String content(ChatCompletionCreateParams request) {
        return client.chat()
                .completions()
                .create(request)
                .choices()
                .getFirst()
                .message()
                .content()
                .orElse("");
    }

    private List<String> streamed(ChatCompletionCreateParams request, Consumer<String> each) {
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

    private List<ResponseStreamEvent> responseEvents() {
        ResponseCreateParams request =
                ResponseCreateParams.builder().model(Fleet.SHARED).input("x").build();
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(request)) {
            return stream.stream().toList();
        }
    }
}
