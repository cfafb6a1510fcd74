package org.ollamaorchestrator.gateway.api.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;

/**
 * The text of a line of {@code /api/chat} that tells nothing else, as nearly every line does. It is read without a tree, since
 * that is done for every token; a line with anything that is not known here is left to {@link OllamaLine}.
 */
final class TextAlone {

    private static final JsonFactory JSON = new JsonFactory();

    private TextAlone() {}

    /** @return never an empty text; nothing for a last line, and for one with thoughts, calls or anything else */
    static Optional<String> of(String line) {
        try (JsonParser parser = JSON.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            String text = "";
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                boolean isKnown = true;
                switch (name) {
                    case "message" -> text = content(parser);
                    case "done" -> isKnown = parser.nextToken() == JsonToken.VALUE_FALSE;
                    case "model", "created_at" -> isKnown = parser.nextToken() == JsonToken.VALUE_STRING;
                    default -> isKnown = false;
                }
                if (!isKnown) {
                    return Optional.empty();
                }
            }
            return text.isEmpty() || parser.currentToken() != JsonToken.END_OBJECT
                    ? Optional.empty()
                    : Optional.of(text);
        } catch (IOException e) {
            // Read once more as a tree, it is told for what it is.
            return Optional.empty();
        }
    }

    /** @return empty if the message has anything but its role and a text */
    private static String content(JsonParser parser) throws IOException {
        String content = "";
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return "";
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            String value = parser.nextTextValue();
            if (value == null) {
                return "";
            }
            switch (name) {
                case "role" -> {}
                case "content" -> content = value;
                default -> {
                    return "";
                }
            }
        }
        return parser.currentToken() == JsonToken.END_OBJECT ? content : "";
    }
}
