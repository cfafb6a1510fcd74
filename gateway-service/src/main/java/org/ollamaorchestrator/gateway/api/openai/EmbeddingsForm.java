package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.gateway.api.stream.WholeAnswer;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;

/**
 * The form of a list of embeddings.
 *
 * @param base64 whether each is base64 of little-endian floats, and not a list of numbers
 */
record EmbeddingsForm(boolean base64) implements AnswerForm {

    @Override
    public EventDialect events(AnswerHead head) {
        throw new IllegalStateException("nobody streams embeddings");
    }

    @Override
    public WholeAnswer whole(AnswerHead head) {
        return new Answer(head.model(), base64);
    }

    private static final class Answer implements WholeAnswer {

        private final String model;
        private final boolean base64;
        private @Nullable JsonNode embedded;

        Answer(String model, boolean base64) {
            this.model = model;
            this.base64 = base64;
        }

        @Override
        public void add(List<String> lines) {
            for (String line : lines) {
                JsonNode json = OllamaLine.read(line);
                if (json.path("embeddings").isArray()) {
                    embedded = json;
                }
            }
        }

        @Override
        public byte[] body() {
            if (embedded == null) {
                throw new JobFailedException(OllamaLine.endedEarly());
            }
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.put("object", "list");
            ArrayNode data = body.putArray("data");
            for (JsonNode embedding : embedded.path("embeddings")) {
                ObjectNode entry = data.addObject().put("object", "embedding");
                if (base64) {
                    entry.put("embedding", base64(embedding));
                } else {
                    entry.set("embedding", embedding);
                }
                entry.put("index", data.size() - 1);
            }
            long tokens = embedded.path("prompt_eval_count").asLong();
            body.put("model", model);
            body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
            return body.toString().getBytes(UTF_8);
        }

        private static String base64(JsonNode embedding) {
            ByteBuffer floats =
                    ByteBuffer.allocate(embedding.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            embedding.forEach(number -> floats.putFloat((float) number.doubleValue()));
            return Base64.getEncoder().encodeToString(floats.array());
        }
    }
}
