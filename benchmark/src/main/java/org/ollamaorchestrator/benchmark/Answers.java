package org.ollamaorchestrator.benchmark;

import java.util.Collections;
import java.util.List;

/** Lines as Ollama streams them. */
public final class Answers {

    /** One token of an answer in {@code /api/chat}. */
    public static final String LINE = """
            {"model":"llama3.2:3b","created_at":"2026-11-25T20:42:25.123456789Z","message":{"role":"assistant","content":" token"},"done":false}""";

    private Answers() {}

    /** What one turn of an event loop hands over: mostly one line, more under load. */
    public static List<String> lines(int count) {
        return Collections.nCopies(count, LINE);
    }
}
