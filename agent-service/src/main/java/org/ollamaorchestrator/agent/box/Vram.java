package org.ollamaorchestrator.agent.box;

import org.jspecify.annotations.Nullable;

/**
 * The memory of all GPUs together, in bytes; null where it is not known. The sum is known only if it is of each: a part of it
 * would be taken for all there is.
 */
record Vram(@Nullable Long total, @Nullable Long free) {

    static final Vram UNKNOWN = new Vram(null, null);

    boolean isKnown() {
        return total != null;
    }
}
