package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** LangChain4j, by OpenAI's API and by Ollama's. */
@SystemTest
class SdkJavaLangChain4jIT {
    private static final List<String> BREAKS = List.of("failAfter", "cutAfter", "resetAfter");

    /** A bound that only a failure reaches. */
    private static final Duration BOUND = Duration.ofSeconds(15);

    @AutoClose
    private final SdkSimulated simulated = new SdkSimulated();

    /** By which API the library speaks. */
    enum Api {
        OPENAI,
        OLLAMA
    }

    @BeforeEach
    void everything_is_there() {
        simulated.awaitWhole();
    }

    @ParameterizedTest
    @EnumSource
    void a_chat_is_answered_whole_and_streamed(Api api) throws ExecutionException, InterruptedException {
        assertThat(whole(api, Fleet.SHARED).chat("Hello")).isEqualTo("Hello there, good to see you!");

        simulated.answerNext("{\"count\":5}");
        assertThat(streamed(api).get().aiMessage().text()).isEqualTo("0 1 2 3 4 ");
    }

    @ParameterizedTest
    @EnumSource
    void a_tool_is_called_and_its_result_sent_back(Api api) {
        ChatModel model = whole(api, Fleet.SHARED);
        ToolSpecification weather = ToolSpecification.builder()
                .name("weather")
                .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
                .build();
        UserMessage question = UserMessage.from("Weather in Paris?");
        simulated.answerNext(
                "{\"tokens\":[],\"toolCalls\":[{\"name\":\"weather\",\"arguments\":{\"city\":\"Paris\"}}]}");

        AiMessage answer = model.chat(ChatRequest.builder()
                        .messages(question)
                        .toolSpecifications(weather)
                        .build())
                .aiMessage();

        ToolExecutionRequest call = answer.toolExecutionRequests().getFirst();
        assertThat(Http.json(call.arguments())).isEqualTo(Http.json("{\"city\":\"Paris\"}"));
        assertThat(model.chat(question, answer, ToolExecutionResultMessage.from(call, "sunny"))
                        .aiMessage()
                        .text())
                .isEqualTo("Hello there, good to see you!");
    }

    @ParameterizedTest
    @EnumSource
    void embeddings_are_there(Api api) {
        EmbeddingModel model = switch (api) {
            case OPENAI ->
                OpenAiEmbeddingModel.builder()
                        .baseUrl(simulated.url() + "/v1")
                        .apiKey("any")
                        .modelName(SdkSimulated.EMBED)
                        .maxRetries(0)
                        .build();
            case OLLAMA ->
                OllamaEmbeddingModel.builder()
                        .baseUrl(simulated.url())
                        .modelName(SdkSimulated.EMBED)
                        .maxRetries(0)
                        .build();
        };

        assertThat(model.embed("one").content().vector()).hasSize(64);
    }

    @ParameterizedTest
    @EnumSource
    void an_unknown_model_is_its_exception(Api api) {
        assertThatThrownBy(() -> whole(api, "no-such-model").chat("x")).isInstanceOf(ModelNotFoundException.class);
    }

    @ParameterizedTest
    @EnumSource
    void a_whole_answer_that_breaks_is_an_exception(Api api) {
        for (String how : BREAKS) {
            simulated.answerNext(breaking(how));
            assertThatThrownBy(() -> whole(api, Fleet.SHARED).chat("x"))
                    .as(how)
                    .isInstanceOf(LangChain4jException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_that_breaks_is_an_exception(Api api) {
        for (String how : BREAKS) {
            simulated.answerNext(breaking(how));
            assertThat(streamed(api)).as(how).failsWithin(BOUND);
        }
    }

    private static String breaking(String how) {
        return "{\"count\":5,\"paceMs\":5,\"" + how + "\":2}";
    }

    private ChatModel whole(Api api, String model) {
        return switch (api) {
            case OPENAI ->
                OpenAiChatModel.builder()
                        .baseUrl(simulated.url() + "/v1")
                        .apiKey("any")
                        .modelName(model)
                        .maxRetries(0)
                        .timeout(BOUND)
                        .build();
            case OLLAMA ->
                OllamaChatModel.builder()
                        .baseUrl(simulated.url())
                        .modelName(model)
                        .maxRetries(0)
                        .timeout(BOUND)
                        .build();
        };
    }

    /** The whole answer of a stream, or how it broke. */
    private CompletableFuture<ChatResponse> streamed(Api api) {
        StreamingChatModel model = switch (api) {
            case OPENAI ->
                OpenAiStreamingChatModel.builder()
                        .baseUrl(simulated.url() + "/v1")
                        .apiKey("any")
                        .modelName(Fleet.SHARED)
                        .timeout(BOUND)
                        .build();
            case OLLAMA ->
                OllamaStreamingChatModel.builder()
                        .baseUrl(simulated.url())
                        .modelName(Fleet.SHARED)
                        .timeout(BOUND)
                        .build();
        };
        var answer = new CompletableFuture<ChatResponse>();
        model.chat("x", new StreamingChatResponseHandler() {
            @Override
            public void onCompleteResponse(ChatResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                answer.completeExceptionally(error);
            }
        });
        return answer;
    }
}
