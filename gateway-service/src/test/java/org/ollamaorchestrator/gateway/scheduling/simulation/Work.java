package org.ollamaorchestrator.gateway.scheduling.simulation;

import org.ollamaorchestrator.protocol.ModelName;

/**
 * What one call costs an Ollama.
 *
 * @param lines of the whole answer
 */
record Work(ModelName model, boolean takesSlot, boolean usesModel, long prefillMillis, int lines, long lineMillis) {

    static Work load(ModelName model) {
        return new Work(model, true, true, 0, 1, 0);
    }

    /** How long it takes its slot if the model is in memory. */
    long millis() {
        return prefillMillis + (lines - 1) * lineMillis;
    }
}
