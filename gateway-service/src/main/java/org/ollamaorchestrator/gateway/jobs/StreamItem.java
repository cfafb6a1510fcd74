package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.util.List;

/** What a client's side is handed while its answer is under way. */
public sealed interface StreamItem {

    /** Lines of Ollama's: all that have come since the last ones. */
    record Lines(List<String> lines) implements StreamItem {
        public Lines {
            lines = List.copyOf(lines);
        }
    }

    /** Nothing has come for a while: whoever writes the answer may fill the silence. */
    record Silence() implements StreamItem {}

    /**
     * The request still waits; only for those that asked to be told.
     *
     * @param position from 1
     * @param expected how long until its turn, probably
     */
    record InQueue(int position, Duration expected) implements StreamItem {}
}
