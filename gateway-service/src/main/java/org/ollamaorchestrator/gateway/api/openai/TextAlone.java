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

    /** How Ollama writes such a line, around the model's name, the time and the text. */
    private static final String MODEL = "{\"model\":\"";

    private static final String CREATED_AT = "\",\"created_at\":\"";
    private static final String CONTENT = "\",\"message\":{\"role\":\"assistant\",\"content\":\"";
    private static final String END = "\"},\"done\":false}";

    private TextAlone() {}

    /** @return never an empty text; nothing for a last line, and for one with thoughts, calls or anything else */
    static Optional<String> of(String line) {
        int begin = beginOfText(line);
        int end = line.length() - END.length();
        return begin > 0 && begin < end && line.endsWith(END) && isPlain(line, begin, end)
                ? Optional.of(line.substring(begin, end))
                : read(line);
    }

    /** A parser would be a quarter of what is done for a token: what is written letter by letter as usual needs none. */
    private static int beginOfText(String line) {
        if (!line.startsWith(MODEL)) {
            return -1;
        }
        int time = after(CREATED_AT, line, line.indexOf('"', MODEL.length()));
        return time < 0 ? -1 : after(CONTENT, line, line.indexOf('"', time));
    }

    private static int after(String expected, String line, int at) {
        return line.startsWith(expected, at) ? at + expected.length() : -1;
    }

    /** Whether the text is the same within quotes and without. */
    private static boolean isPlain(String line, int begin, int end) {
        for (int i = begin; i < end; i++) {
            char unit = line.charAt(i);
            if (unit < ' ' || unit == '"' || unit == '\\') {
                return false;
            }
        }
        return true;
    }

    private static Optional<String> read(String line) {
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
