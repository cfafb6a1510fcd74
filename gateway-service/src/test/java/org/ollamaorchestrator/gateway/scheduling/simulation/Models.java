package org.ollamaorchestrator.gateway.scheduling.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;

/** The models of all simulations, and Ollama's entries of them. */
final class Models {

    static final List<ModelName> ALL = IntStream.range(0, 4)
            .mapToObj(number -> new ModelName("model-" + (char) ('a' + number) + ":latest"))
            .toList();

    private static final Map<ModelName, OllamaModel> ENTRIES =
            ALL.stream().collect(Collectors.toMap(Function.identity(), Models::made));

    private Models() {}

    static OllamaModel entry(ModelName model) {
        OllamaModel entry = ENTRIES.get(model);
        if (entry == null) {
            throw new IllegalArgumentException("no model of ours: " + model);
        }
        return entry;
    }

    private static OllamaModel made(ModelName model) {
        return OllamaModel.of(JsonNodeFactory.instance
                .objectNode()
                .put("name", model.canonical())
                .put("size", 3_000_000_000L)
                .put("context_length", 4_096));
    }
}
