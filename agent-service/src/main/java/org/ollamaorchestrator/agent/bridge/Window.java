package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.ollamaorchestrator.agent.ollama.OllamaLine;

/**
 * The lines of one job that are sent and not yet acknowledged: bounded in number and in bytes, but one always may go. They
 * are kept, since a connection that drops may have lost them.
 */
final class Window {

    private final int linesMax;
    private final int bytesMax;
    private final Queue<OllamaLine> unacknowledged = new ArrayDeque<>();
    private long bytes;
    private long ackedSeq;

    Window(int linesMax, int bytesMax) {
        this.linesMax = linesMax;
        this.bytesMax = bytesMax;
    }

    boolean admits(int lineBytes) {
        return hasRoomBeside(0, 0, lineBytes);
    }

    /** Whether another small line would still fit, were those that wait already sent. */
    boolean openBeside(int waitingLines, long waitingBytes) {
        return hasRoomBeside(waitingLines, waitingBytes, 1);
    }

    void sent(OllamaLine line) {
        unacknowledged.add(line);
        bytes += line.bytes();
    }

    /** All lines up to this one were taken; what was not sent cannot be. */
    void acknowledged(long seq) {
        while (ackedSeq < seq && !unacknowledged.isEmpty()) {
            bytes -= unacknowledged.remove().bytes();
            ackedSeq++;
        }
    }

    /** The number of the last line that was sent, counted from 1. */
    long lastSeq() {
        return ackedSeq + unacknowledged.size();
    }

    /** The bytes of the lines that are kept. */
    long bytes() {
        return bytes;
    }

    /** Whether all lines after this one, if there are any, are kept. */
    boolean reachesBackTo(long afterSeq) {
        return ackedSeq <= afterSeq && afterSeq <= lastSeq();
    }

    /** The lines that were sent after this one. They stay as unacknowledged as they were. */
    List<String> after(long afterSeq) {
        return unacknowledged.stream()
                .skip(afterSeq - ackedSeq)
                .map(OllamaLine::text)
                .toList();
    }

    private boolean hasRoomBeside(int lines, long lineBytes, int one) {
        return unacknowledged.size() + lines == 0
                || (unacknowledged.size() + lines < linesMax && bytes + lineBytes + one <= bytesMax);
    }
}
