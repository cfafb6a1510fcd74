package org.ollamaorchestrator.agent.ollama;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.OllamaModel;

/**
 * Ollama as it was when it was last asked.
 *
 * @param up whether it answered
 * @param version of Ollama, once it is known
 * @param catalog the models it has, of those that the agent may serve; the last known ones while it is down
 * @param loaded the models in its memory
 * @param problem why it is not up, for a person
 */
public record OllamaSnapshot(
        boolean up,
        @Nullable String version,
        List<OllamaModel> catalog,
        List<OllamaModel> loaded,
        @Nullable String problem) {

    private static final OllamaSnapshot UNKNOWN =
            new OllamaSnapshot(false, null, List.of(), List.of(), "not asked yet");

    public OllamaSnapshot {
        catalog = List.copyOf(catalog);
        loaded = List.copyOf(loaded);
    }

    /** Before the first answer. */
    static OllamaSnapshot unknown() {
        return UNKNOWN;
    }

    /** Whether it was ever asked, with whatever result. */
    public boolean isKnown() {
        return !equals(UNKNOWN);
    }

    OllamaSnapshot down(String why) {
        return new OllamaSnapshot(false, version, catalog, List.of(), why);
    }
}
