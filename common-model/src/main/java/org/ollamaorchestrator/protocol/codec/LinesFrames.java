package org.ollamaorchestrator.protocol.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The one message that comes with every token, written and read without Jackson's binding, which costs several times as
 * much. Whatever is not written exactly as here is nobody's loss: it is left to the binding, which knows every message and
 * every error.
 */
final class LinesFrames {

    private static final String BEGIN = "{\"type\":\"chunk\",\"jobId\":\"";

    /** What is around a line in its frame, and some characters that have to be escaped. */
    private static final int ROOM = 32;

    private final JsonFactory json;

    LinesFrames(JsonFactory json) {
        this.json = json;
    }

    String write(Lines chunk) {
        int chars = BEGIN.length() + ROOM;
        for (String line : chunk.lines()) {
            chars += line.length() + line.length() / 2 + ROOM;
        }
        var frame = new StringBuilder(chars).append(BEGIN);
        JsonStringEncoder quotes = JsonStringEncoder.getInstance();
        quotes.quoteAsString(chunk.jobId().value(), frame);
        frame.append("\",\"seq\":").append(chunk.seq()).append(",\"lines\":");
        char before = '[';
        for (String line : chunk.lines()) {
            frame.append(before).append('"');
            quotes.quoteAsString(line, frame);
            frame.append('"');
            before = ',';
        }
        return frame.append("]}").toString();
    }

    /** @return empty for anything but lines that are written as above; the binding says what it is */
    Optional<Lines> read(String frame) {
        if (!frame.startsWith(BEGIN)) {
            return Optional.empty();
        }
        try (JsonParser parser = json.createParser(frame)) {
            parser.nextToken();
            parser.nextFieldName();
            parser.nextTextValue();
            if (!"jobId".equals(parser.nextFieldName())) {
                return Optional.empty();
            }
            String job = parser.nextTextValue();
            if (job == null
                    || !"seq".equals(parser.nextFieldName())
                    || parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                return Optional.empty();
            }
            long seq = parser.getLongValue();
            if (!"lines".equals(parser.nextFieldName()) || parser.nextToken() != JsonToken.START_ARRAY) {
                return Optional.empty();
            }
            List<String> lines = texts(parser);
            boolean isWhole =
                    !lines.isEmpty() && parser.nextToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
            return isWhole ? Optional.of(new Lines(new JobId(job), seq, lines)) : Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            // The binding meets the same, and has the words for it.
            return Optional.empty();
        }
    }

    /** @return nothing if there is anything but texts */
    private static List<String> texts(JsonParser array) throws IOException {
        var texts = new ArrayList<String>();
        for (String text = array.nextTextValue(); text != null; text = array.nextTextValue()) {
            texts.add(text);
        }
        return array.currentToken() == JsonToken.END_ARRAY ? texts : List.of();
    }
}
