package org.ollamaorchestrator.gateway.api.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/**
 * How many tokens a request will be, about: Ollama has no call that counts them. A token is taken for 4 bytes of UTF-8 of
 * all texts, calls, results and tools' schemas, rounded up; a message costs 4 tokens besides, an image 1,000. For English
 * and code that is near; other scripts may need fewer bytes a token or more. The true count is in each answer's
 * {@code usage}.
 */
final class TokenEstimate {

    private static final long BYTES_PER_TOKEN = 4;
    private static final long TOKENS_PER_MESSAGE = 4;
    private static final long TOKENS_PER_IMAGE = 1_000;

    private TokenEstimate() {}

    /** @param request as it goes to Ollama's {@code /api/chat} */
    static long of(JsonNode request) {
        long bytes = 0;
        long tokens = 0;
        for (JsonNode message : request.path("messages")) {
            bytes += bytes(message.path("content").asText());
            bytes += bytes(message.path("thinking").asText());
            for (JsonNode call : message.path("tool_calls")) {
                bytes += bytes(call.path("function").toString());
            }
            tokens += TOKENS_PER_MESSAGE
                    + TOKENS_PER_IMAGE * message.path("images").size();
        }
        for (JsonNode tool : request.path("tools")) {
            bytes += bytes(tool.toString());
        }
        return tokens + Math.ceilDiv(bytes, BYTES_PER_TOKEN);
    }

    private static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
