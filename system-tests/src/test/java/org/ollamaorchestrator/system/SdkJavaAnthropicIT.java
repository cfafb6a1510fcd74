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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Anthropic's SDK for Java. */
@SystemTest
class SdkJavaAnthropicIT {
    @AutoClose
    private final SdkSimulated simulated = new SdkSimulated();

    @AutoClose("close")
    private final AnthropicClient client = AnthropicOkHttpClient.builder()
            .baseUrl(simulated.url())
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
        assertThat(text(client.messages().create(asking("Hello").build()))).isEqualTo("Hello there, good to see you!");

        simulated.answerNext("{\"count\":5}");
        List<RawMessageStreamEvent> events = streamed("count", delta -> {});
        assertThat(events.getLast().isMessageStop()).isTrue();
        assertThat(events.stream().flatMap(event -> delta(event).stream()))
                .containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
    }

    @Test
    void a_tool_is_called_and_its_result_sent_back() {
        MessageCreateParams.Builder turns = asking("Weather in Paris?")
                .addTool(Tool.builder()
                        .name("weather")
                        .inputSchema(Tool.InputSchema.builder()
                                .properties(Tool.InputSchema.Properties.builder()
                                        .putAdditionalProperty("city", JsonValue.from(Map.of("type", "string")))
                                        .build())
                                .build())
                        .build());
        simulated.answerNext(
                "{\"tokens\":[],\"toolCalls\":[{\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}}]}");

        Message message = client.messages().create(turns.build());

        ToolUseBlock call = message.content().getLast().toolUse().orElseThrow();
        assertThat(call.name()).isEqualTo("weather");
        assertThat(call._input()).isEqualTo(JsonValue.from(Map.of("city", "Paris")));
        MessageCreateParams next = turns.addMessage(message)
                .addUserMessageOfContentBlockParams(
                        List.of(ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                                .toolUseId(call.id())
                                .content("sunny")
                                .build())))
                .build();
        assertThat(text(client.messages().create(next))).isEqualTo("Hello there, good to see you!");
    }

    @Test
    void tokens_are_counted() {
        MessageCountTokensParams request = MessageCountTokensParams.builder()
                .model(Fleet.SHARED)
                .addUserMessage("Hello")
                .build();

        assertThat(client.messages().countTokens(request).inputTokens()).isPositive();
    }

    @Test
    void an_unknown_model_and_a_wrong_field_are_their_exceptions() {
        assertThatThrownBy(() -> client.messages()
                        .create(asking("x").model("no-such-model").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> client.messages()
                        .create(asking("x")
                                .putAdditionalBodyProperty("container", JsonValue.from("c"))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("container");
    }

    @ParameterizedTest
    @ValueSource(strings = {"failAfter", "cutAfter", "resetAfter"})
    void an_answer_that_breaks_is_an_exception(String how) {
        String script = "{\"count\":5,\"paceMs\":5,\"" + how + "\":2}";
        var seen = new ArrayList<String>();

        simulated.answerNext(script);
        assertThatThrownBy(() -> streamed("x", seen::add)).isInstanceOf(AnthropicException.class);
        assertThat(seen).containsExactly("0 ", "1 ");

        simulated.answerNext(script);
        assertThatThrownBy(() -> client.messages().create(asking("x").build()))
                .isInstanceOf(InternalServerException.class);
    }

    @Test
    void a_stream_that_stalls_until_ollama_dies_is_an_exception() {
        simulated.answerNext("{\"count\":5,\"stallAfter\":1}");

        assertThatThrownBy(() -> streamed("stalls", delta -> simulated.endOllamaOnceItStalls()))
                .isInstanceOf(AnthropicException.class);
    }

    private static MessageCreateParams.Builder asking(String text) {
        return MessageCreateParams.builder().model(Fleet.SHARED).maxTokens(100).addUserMessage(text);
    }

    private static String text(Message message) {
        return message.content().stream()
                .flatMap(block -> block.text().stream())
                .map(block -> block.text())
                .collect(Collectors.joining());
    }

    private static List<String> delta(RawMessageStreamEvent event) {
        return event.contentBlockDelta()
                .flatMap(block -> block.delta().text())
                .map(text -> List.of(text.text()))
                .orElse(List.of());
    }

    private List<RawMessageStreamEvent> streamed(String question, Consumer<String> each) {
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.messages().createStreaming(asking(question).build())) {
            return stream.stream().peek(event -> delta(event).forEach(each)).toList();
        }
    }
}
