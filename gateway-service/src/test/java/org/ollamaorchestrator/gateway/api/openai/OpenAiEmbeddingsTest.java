package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.HEAD;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.json;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.lines;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class OpenAiEmbeddingsTest {

    @Test
    void texts_are_embedded() {
        TranslatedRequest request = EmbeddingsTranslator.translate(object(
                "{\"model\":\"tiny\",\"input\":[\"a\",\"b\"],\"dimensions\":8,\"truncate\":false,\"user\":\"u\"}"));

        assertThat(request.operation()).isEqualTo(Operation.EMBED);
        assertThat(request.stream()).isFalse();
        assertThat(request.ignored()).containsExactly("user");
        assertThat(request.body())
                .isEqualTo(object("{\"model\":\"tiny\",\"input\":[\"a\",\"b\"],\"dimensions\":8,\"truncate\":false}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"input\":[1,2]; input[0]",
                "\"input\":[]; input",
                "\"input\":5; input",
                "\"x\":5; input",
                "\"input\":\"a\",\"dimensions\":\"8\"; dimensions",
                "\"input\":\"a\",\"encoding_format\":\"hex\"; encoding_format",
            })
    void what_cannot_be_honoured_is_refused_by_its_name(String given, String field) {
        assertThatThrownBy(() -> {
                    var ignored = EmbeddingsTranslator.translate(object("{\"model\":\"tiny\"," + given + "}"));
                })
                .isInstanceOfSatisfying(
                        ClientErrorException.class, e -> assertThat(e.field()).contains(field));
    }

    @Test
    void numbers_and_base64_say_the_same() {
        JsonNode numbers = answer(false);
        JsonNode base64 = answer(true);

        assertThat(numbers.path("data")).hasSize(2);
        assertThat(numbers.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(numbers.at("/usage/prompt_tokens").asInt()).isEqualTo(12);
        byte[] bytes = Base64.getDecoder().decode(base64.at("/data/0/embedding").asText());
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (JsonNode number : numbers.at("/data/0/embedding")) {
            assertThat(floats.getFloat()).isEqualTo((float) number.doubleValue());
        }
        assertThat(floats.hasRemaining()).isFalse();
        assertThat(numbers.at("/data/0/embedding"))
                .isEqualTo(json(lines("embed-many").getFirst()).at("/embeddings/0"));
    }

    private static JsonNode answer(boolean base64) {
        var answer = new EmbeddingsForm(base64).whole(HEAD);
        answer.add(lines("embed-many"));
        return json(answer.body());
    }
}
