package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ollama4j.Ollama;
import io.github.ollama4j.exceptions.OllamaException;
import io.github.ollama4j.models.chat.OllamaChatMessageRole;
import io.github.ollama4j.models.chat.OllamaChatRequest;
import io.github.ollama4j.models.embed.OllamaEmbedRequest;
import io.github.ollama4j.models.response.Model;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ollama4j. */
@SystemTest
class SdkJavaOllama4jIT {
    @AutoClose
    private final SdkSimulated simulated = new SdkSimulated();

    private final Ollama client = new Ollama(simulated.url());

    @BeforeEach
    void everything_is_there() {
        simulated.awaitWhole();
    }

    @Test
    void a_chat_is_answered_whole_and_streamed() throws OllamaException {
        assertThat(answer(Fleet.SHARED)).isEqualTo("Hello there, good to see you!");

        simulated.answerNext("{\"count\":5}");
        assertThat(streamed(new ArrayList<>())).containsExactly("0 ", "1 ", "2 ", "3 ", "4 ");
    }

    @Test
    void embeddings_and_models_are_there() throws OllamaException {
        var two = new OllamaEmbedRequest(SdkSimulated.EMBED, List.of("one", "two"));

        assertThat(client.embed(two).getEmbeddings())
                .extracting(embedding -> embedding.size())
                .containsExactly(64, 64);
        assertThat(client.listModels())
                .extracting(Model::getName)
                .containsExactlyInAnyOrder("shared:latest", "embed:latest");
    }

    @Test
    void an_unknown_model_is_an_exception() {
        assertThatThrownBy(() -> answer("no-such-model")).isInstanceOf(OllamaException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"failAfter", "cutAfter", "resetAfter"})
    void an_answer_that_breaks_is_an_exception(String how) {
        String script = "{\"count\":5,\"paceMs\":5,\"" + how + "\":2}";

        simulated.answerNext(script);
        assertThatThrownBy(() -> streamed(new ArrayList<>())).isInstanceOf(OllamaException.class);

        simulated.answerNext(script);
        assertThatThrownBy(() -> answer(Fleet.SHARED)).isInstanceOf(OllamaException.class);
    }

    private static OllamaChatRequest asking(String model) {
        return OllamaChatRequest.builder().withModel(model).withMessage(OllamaChatMessageRole.USER, "x");
    }

    private String answer(String model) throws OllamaException {
        return client.chat(asking(model).build(), null)
                .getResponseModel()
                .getMessage()
                .getResponse();
    }

    private List<String> streamed(List<String> seen) throws OllamaException {
        var last = client.chat(asking(Fleet.SHARED).withStreaming().build(), part -> {
            String text = part.getMessage().getResponse();
            if (text != null && !text.isEmpty()) {
                seen.add(text);
            }
        });
        assertThat(last.getResponseModel().isDone()).isTrue();
        return seen;
    }
}
