package org.ollamaorchestrator.agent.ollama;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One line of an answer.
 *
 * @param text exactly as Ollama wrote it, without its newline
 * @param bytes its length in UTF-8
 * @param done whether the answer is complete with this line
 * @param success whether it says that a change of models is complete
 * @param error the text of Ollama's error, if the line is one
 */
public record OllamaLine(
        String text,
        int bytes,
        boolean done,
        boolean success,
        @Nullable String error) {

    private static final JsonFactory JSON = new JsonFactory();

    /** Nearly all lines are told by the cheap look; quotes within content are escaped, so it misses no last line. */
    static OllamaLine of(String text, int bytes) {
        return saysMoreThanText(text) ? read(text, bytes) : new OllamaLine(text, bytes, false, false, null);
    }

    private static boolean saysMoreThanText(String text) {
        boolean goesOn = text.endsWith("\"done\":false}");
        return text.contains("\"error\"")
                || (!goesOn && (text.contains("\"done\":true") || text.contains("\"success\"")));
    }

    /** Reads the members of the object itself; text that is not JSON is neither an end nor an error. */
    private static OllamaLine read(String text, int bytes) {
        boolean done = false;
        boolean success = false;
        String error = null;
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() == JsonToken.START_OBJECT) {
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    JsonToken value = parser.nextToken();
                    if (name.equals("done")) {
                        done = value == JsonToken.VALUE_TRUE;
                    } else if (name.equals("status")) {
                        success = value == JsonToken.VALUE_STRING
                                && parser.getText().equals("success");
                    } else if (name.equals("error") && value != JsonToken.VALUE_NULL) {
                        error = value == JsonToken.VALUE_STRING ? parser.getText() : "Ollama reported an error";
                    }
                    parser.skipChildren();
                }
            }
        } catch (IOException e) {
            return new OllamaLine(text, bytes, false, false, null);
        }
        return new OllamaLine(text, bytes, done, success, error);
    }
}
