package org.ollamaorchestrator.gateway.api.anthropic;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.NullMarked;

/** What a real Ollama 0.32.15 sent for {@code /api/chat}. */
@NullMarked
final class Recordings {

    private Recordings() {}

    static List<String> lines(String name) {
        try (var stream = Objects.requireNonNull(
                Recordings.class.getResourceAsStream("/golden/anthropic/" + name + ".ndjson"), name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
