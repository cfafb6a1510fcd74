package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ollamaorchestrator.gateway.api.FieldClasses;
import org.ollamaorchestrator.gateway.api.FieldClasses.Refusal;
import org.ollamaorchestrator.gateway.api.RequestObject;
import org.ollamaorchestrator.protocol.Operation;

/** A request for a completion as Ollama's {@code /api/generate}. */
final class CompletionTranslator {

    static final FieldClasses FIELDS = new FieldClasses(
            Set.of(
                    "model",
                    "prompt",
                    "suffix",
                    "stream",
                    "stream_options",
                    "max_tokens",
                    "temperature",
                    "top_p",
                    "seed",
                    "stop",
                    "frequency_penalty",
                    "presence_penalty",
                    "logprobs",
                    "options",
                    "keep_alive",
                    "think"),
            Set.of("user"),
            Map.of(
                    "n", Refusal.UNLESS_ONE,
                    "best_of", Refusal.UNLESS_ONE,
                    "echo", Refusal.UNLESS_FALSE,
                    "logit_bias", Refusal.UNLESS_EMPTY));

    private CompletionTranslator() {}

    /** @throws org.ollamaorchestrator.gateway.api.ClientErrorException naming the field at fault */
    static TranslatedRequest translate(ObjectNode json) {
        FIELDS.check(json);
        RequestObject request = RequestObject.of(json);
        String model = request.requiredWords("model");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", model);
        body.put("prompt", prompt(request));
        request.text("suffix").ifPresent(suffix -> body.put("suffix", suffix));
        body.put("stream", true);
        ModelOptions.put(request, body, "max_tokens");
        ModelOptions.think(request, body);
        Optional<Integer> logprobs = request.integer("logprobs");
        logprobs.ifPresent(top -> body.put("logprobs", true).put("top_logprobs", top));
        return new TranslatedRequest(
                model,
                Operation.GENERATE,
                body,
                request.isTrue("stream"),
                FIELDS.ignoredIn(json),
                new CompletionForm(ModelOptions.includeUsage(request), logprobs.isPresent()));
    }

    /** Ollama takes an empty prompt for the wish to load the model. */
    private static String prompt(RequestObject request) {
        JsonNode given = request.requiredAny("prompt");
        JsonNode one = given.isArray() && given.size() == 1 ? given.path(0) : given;
        if (!one.isTextual()) {
            throw request.wrong("prompt", "is not one text: this gateway takes no tokens, and one prompt a request");
        }
        if (one.textValue().isEmpty()) {
            throw request.wrong("prompt", "is empty");
        }
        return one.textValue();
    }
}
