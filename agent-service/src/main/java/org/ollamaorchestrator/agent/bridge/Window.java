package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayDeque;
import java.util.Queue;

/** The lines of one job that are sent and not yet acknowledged: bounded in number and in bytes, but one always may go. */
final class Window {

    private final int linesMax;
    private final int bytesMax;
    private final Queue<Integer> unacknowledged = new ArrayDeque<>();
    private long bytes;
    private long ackedSeq;

    Window(int linesMax, int bytesMax) {
        this.linesMax = linesMax;
        this.bytesMax = bytesMax;
    }

    boolean admits(int lineBytes) {
        return unacknowledged.isEmpty() || (unacknowledged.size() < linesMax && bytes + lineBytes <= bytesMax);
    }

    void sent(int lineBytes) {
        unacknowledged.add(lineBytes);
        bytes += lineBytes;
    }

    /** All lines up to this one were taken; what was not sent cannot be. */
    void acknowledged(long seq) {
        while (ackedSeq < seq && !unacknowledged.isEmpty()) {
            bytes -= unacknowledged.remove();
            ackedSeq++;
        }
    }

    /** Whether another small line would still fit. */
    boolean open() {
        return admits(1);
    }
}
