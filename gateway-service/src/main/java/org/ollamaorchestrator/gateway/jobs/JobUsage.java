package org.ollamaorchestrator.gateway.jobs;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;

/**
 * What a request has used, in tokens: Ollama's own figures, or what was seen of them if the answer is not whole.
 *
 * @param exact whether they are Ollama's
 */
public record JobUsage(long promptTokens, long answerTokens, boolean exact) {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int BYTES_PER_TOKEN = 4;

    /** Ollama's figures stand in the last line of an answer; one in a piece, such as embeddings, can be long. */
    private static final String PROMPT = "\"prompt_eval_count\"";

    public long tokens() {
        return promptTokens + answerTokens;
    }

    /** What Ollama says in the last line of an answer; empty if it says nothing. */
    static Optional<JobUsage> told(String line) {
        if (!line.contains(PROMPT)) {
            return Optional.empty();
        }
        try {
            JsonNode last = JSON.readTree(line);
            return Optional.of(new JobUsage(
                    last.path("prompt_eval_count").asLong(),
                    last.path("eval_count").asLong(),
                    true));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** A line is a token, mostly; and a prompt of which nothing came back was not read. */
    static JobUsage guessed(long promptBytes, long lines) {
        return new JobUsage(lines == 0 ? 0 : promptBytes / BYTES_PER_TOKEN, lines, false);
    }
}
