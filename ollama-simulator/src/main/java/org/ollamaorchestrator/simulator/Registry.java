package org.ollamaorchestrator.simulator;

import java.util.HashMap;
import java.util.Map;

/** The registry that models are pulled from and pushed to: it has every model, unless told otherwise. Owned by the event loop. */
final class Registry {
    private final Map<String, Transfer> byModel = new HashMap<>();

    void put(String model, Transfer transfer) {
        byModel.put(ModelNames.tagged(model), transfer);
    }

    Transfer transferOf(String model) {
        return byModel.getOrDefault(ModelNames.tagged(model), Transfer.STANDARD);
    }
}
