package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.ollama.OllamaModels;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** LangChain4j, by OpenAI's API and by Ollama's. */
@SystemTest
class SdkJavaLangChain4jIT {
    /** A bound that only a failure reaches. */
    private static final Duration BOUND = Duration.ofSeconds(15);

    private static final ToolSpecification WEATHER = ToolSpecification.builder()
            .name("weather")
            .parameters(JsonObjectSchema.builder().addStringProperty("city").build())
            .build();

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnTheSimulator {
        @AutoClose
        private final SdkSimulated simulated = new SdkSimulated();

        @BeforeEach
        void everything_is_there() {
            simulated.awaitWhole();
        }

        @ParameterizedTest
        @EnumSource
        void a_chat_is_answered_whole_and_streamed(Api api) throws ExecutionException, InterruptedException {
            assertThat(whole(api).chat("Hello")).isEqualTo(SdkSimulated.SENTENCE);

            simulated.answerNext(SdkSimulated.COUNTS);
            assertThat(streamed(api, "count", part -> {}).get().aiMessage().text())
                    .isEqualTo("0 1 2 3 4 ");
        }

        @ParameterizedTest
        @EnumSource
        void a_tool_is_called_and_its_result_sent_back(Api api) {
            simulated.answerNext(SdkSimulated.CALLS_WEATHER);

            AiMessage answer = withWeather(whole(api));

            ToolExecutionRequest call = answer.toolExecutionRequests().getFirst();
            assertThat(call.name()).isEqualTo("weather");
            assertThat(Http.json(call.arguments())).isEqualTo(Http.json("{\"city\":\"Paris\"}"));
            assertThat(withResult(whole(api), answer)).isEqualTo(SdkSimulated.SENTENCE);
        }

        @ParameterizedTest
        @EnumSource
        void an_answer_has_the_form_that_was_asked_for(Api api) {
            simulated.answerNext(SdkSimulated.NAMES_BERN);

            assertThat(city(whole(api))).isEqualTo("BERN");
        }

        @ParameterizedTest
        @EnumSource
        void embeddings_and_models_are_there(Api api) {
            assertThat(embeddingLengths(api.embedding(simulated.url(), SdkSimulated.EMBED)))
                    .containsExactly(64, 64);
            assertThat(api.models(simulated.url())).containsExactlyInAnyOrder("shared:latest", "embed:latest");
        }

        @ParameterizedTest
        @EnumSource
        void an_unknown_model_and_a_bad_request_are_their_exceptions(Api api) {
            verifyErrors(api, simulated.url(), SdkSimulated.EMBED);
        }

        @ParameterizedTest
        @EnumSource
        void a_whole_answer_that_breaks_is_an_exception(Api api) {
            for (SdkSimulated.Break how : SdkSimulated.Break.values()) {
                simulated.answerNext(how.script());
                assertThatThrownBy(() -> whole(api).chat("x")).as("%s", how).isInstanceOf(LangChain4jException.class);
            }
        }

        @ParameterizedTest
        @EnumSource
        void a_stream_that_breaks_is_an_exception(Api api) {
            for (SdkSimulated.Break how : SdkSimulated.Break.values()) {
                simulated.answerNext(how.script());
                assertThat(streamed(api, "x", part -> {})).as("%s", how).failsWithin(BOUND);
            }
        }

        @ParameterizedTest
        @EnumSource
        void a_stream_that_stalls_until_ollama_dies_is_an_exception(Api api) {
            simulated.answerNext(SdkSimulated.STALLS);

            assertThat(streamed(api, "stalls", part -> simulated.endOllamaOnceItStalls()))
                    .failsWithin(BOUND);
        }

        private ChatModel whole(Api api) {
            return api.whole(simulated.url(), Fleet.SHARED);
        }

        private CompletableFuture<ChatResponse> streamed(Api api, String text, Consumer<String> each) {
            return SdkJavaLangChain4jIT.streamed(api.streaming(simulated.url(), Fleet.SHARED), text, each);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnRealOllama {
        @AutoClose
        private final SdkReal real = new SdkReal();

        @BeforeEach
        void everything_is_there() {
            real.awaitWhole();
        }

        @ParameterizedTest
        @EnumSource
        void a_chat_is_answered_whole_and_streamed(Api api) {
            assertThat(api.whole(real.url(), SdkReal.TALKS).chat("Hello")).isNotEmpty();

            assertThat(streamed(api.streaming(real.url(), SdkReal.TALKS), "Hello", part -> {}))
                    .succeedsWithin(BOUND)
                    .satisfies(
                            response -> assertThat(response.aiMessage().text()).isNotEmpty());
        }

        @ParameterizedTest
        @EnumSource
        void a_tool_is_called_and_its_result_sent_back(Api api) {
            ChatModel model = api.whole(real.url(), SdkReal.CALLS);

            AiMessage answer = withWeather(model);

            ToolExecutionRequest call = answer.toolExecutionRequests().getFirst();
            assertThat(call.name()).isEqualTo("weather");
            assertThat(call.arguments()).contains("Paris");
            assertThat(withResult(model, answer)).isNotEmpty();
        }

        @ParameterizedTest
        @EnumSource
        void an_answer_has_the_form_that_was_asked_for(Api api) {
            assertThat(city(api.whole(real.url(), SdkReal.TALKS))).isIn("BERN", "ROME");
        }

        @ParameterizedTest
        @EnumSource
        void embeddings_and_models_are_there(Api api) {
            assertThat(embeddingLengths(api.embedding(real.url(), SdkReal.EMBEDS)))
                    .hasSize(2)
                    .allMatch(length -> length > 0);
            assertThat(api.models(real.url())).contains("tiny:latest", "tiny-embed:latest");
        }

        @ParameterizedTest
        @EnumSource
        void an_unknown_model_and_a_bad_request_are_their_exceptions(Api api) {
            verifyErrors(api, real.url(), SdkReal.EMBEDS);
        }
    }

    /** By which API the library speaks. */
    enum Api {
        OPENAI {
            @Override
            ChatModel whole(String gateway, String model) {
                return OpenAiChatModel.builder()
                        .baseUrl(gateway + "/v1")
                        .apiKey("any")
                        .modelName(model)
                        .maxTokens(SdkReal.TOKENS_MAX)
                        .seed(SdkReal.SEED)
                        .maxRetries(0)
                        .timeout(BOUND)
                        .build();
            }

            @Override
            StreamingChatModel streaming(String gateway, String model) {
                return OpenAiStreamingChatModel.builder()
                        .baseUrl(gateway + "/v1")
                        .apiKey("any")
                        .modelName(model)
                        .maxTokens(SdkReal.TOKENS_MAX)
                        .seed(SdkReal.SEED)
                        .timeout(BOUND)
                        .build();
            }

            @Override
            EmbeddingModel embedding(String gateway, String model) {
                return OpenAiEmbeddingModel.builder()
                        .baseUrl(gateway + "/v1")
                        .apiKey("any")
                        .modelName(model)
                        .maxRetries(0)
                        .build();
            }

            @Override
            List<String> models(String gateway) {
                return OpenAiModelCatalog.builder().baseUrl(gateway + "/v1").apiKey("any").build().listModels().stream()
                        .map(model -> model.name())
                        .toList();
            }
        },
        OLLAMA {
            @Override
            ChatModel whole(String gateway, String model) {
                return OllamaChatModel.builder()
                        .baseUrl(gateway)
                        .modelName(model)
                        .numPredict(SdkReal.TOKENS_MAX)
                        .seed(SdkReal.SEED)
                        .maxRetries(0)
                        .timeout(BOUND)
                        .build();
            }

            @Override
            StreamingChatModel streaming(String gateway, String model) {
                return OllamaStreamingChatModel.builder()
                        .baseUrl(gateway)
                        .modelName(model)
                        .numPredict(SdkReal.TOKENS_MAX)
                        .seed(SdkReal.SEED)
                        .timeout(BOUND)
                        .build();
            }

            @Override
            EmbeddingModel embedding(String gateway, String model) {
                return OllamaEmbeddingModel.builder()
                        .baseUrl(gateway)
                        .modelName(model)
                        .maxRetries(0)
                        .build();
            }

            @Override
            List<String> models(String gateway) {
                return OllamaModels.builder().baseUrl(gateway).build().availableModels().content().stream()
                        .map(model -> model.getName())
                        .toList();
            }
        };

        abstract ChatModel whole(String gateway, String model);

        abstract StreamingChatModel streaming(String gateway, String model);

        abstract EmbeddingModel embedding(String gateway, String model);

        abstract List<String> models(String gateway);
    }

    /** The whole answer of a stream, or how it broke. */
    private static CompletableFuture<ChatResponse> streamed(
            StreamingChatModel model, String text, Consumer<String> each) {
        var answer = new CompletableFuture<ChatResponse>();
        model.chat(text, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String part) {
                each.accept(part);
            }

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

    private static AiMessage withWeather(ChatModel model) {
        return model.chat(ChatRequest.builder()
                        .messages(question())
                        .toolSpecifications(WEATHER)
                        .build())
                .aiMessage();
    }

    private static String withResult(ChatModel model, AiMessage answer) {
        ToolExecutionRequest call = answer.toolExecutionRequests().getFirst();
        return model.chat(question(), answer, ToolExecutionResultMessage.from(call, "sunny"))
                .aiMessage()
                .text();
    }

    private static UserMessage question() {
        return UserMessage.from("Weather in Paris?");
    }

    private static String city(ChatModel model) {
        ResponseFormat format = ResponseFormat.builder()
                .type(ResponseFormatType.JSON)
                .jsonSchema(JsonSchema.builder()
                        .name("City")
                        .rootElement(JsonObjectSchema.builder()
                                .addEnumProperty("name", List.of("BERN", "ROME"))
                                .required("name")
                                .build())
                        .build())
                .build();
        String answer = model.chat(ChatRequest.builder()
                        .messages(UserMessage.from("A city?"))
                        .responseFormat(format)
                        .build())
                .aiMessage()
                .text();
        return Http.json(answer).path("name").asText();
    }

    private static List<Integer> embeddingLengths(EmbeddingModel model) {
        return model.embedAll(List.of(TextSegment.from("one"), TextSegment.from("two"))).content().stream()
                .map(embedding -> embedding.vector().length)
                .toList();
    }

    /** @param embeds a model that cannot chat */
    private static void verifyErrors(Api api, String gateway, String embeds) {
        assertThatThrownBy(() -> api.whole(gateway, "no-such-model").chat("x"))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("no-such-model");
        assertThatThrownBy(() -> api.whole(gateway, embeds).chat("x"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("does not support chat");
    }
}
