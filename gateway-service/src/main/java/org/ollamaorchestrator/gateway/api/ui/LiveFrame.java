package org.ollamaorchestrator.gateway.api.ui;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an audience is told at one moment. All of its viewers share it; it is written once, and as a whole only for who needs that. */
final class LiveFrame {

    private final LiveView view;
    private final Optional<byte[]> changes;
    private volatile byte @Nullable [] snapshot;

    LiveFrame(LiveView view, LiveView before) {
        this.view = view;
        this.changes = view.changes(before);
    }

    LiveView view() {
        return view;
    }

    /** Since the frame before; empty if nothing changed. */
    Optional<byte[]> changes() {
        return changes;
    }

    /** Two that ask at once may both write it: it is the same. */
    byte[] snapshot() {
        byte[] known = snapshot;
        if (known == null) {
            known = view.snapshot();
            snapshot = known;
        }
        return known;
    }
}
