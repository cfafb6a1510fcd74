package org.ollamaorchestrator.protocol.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.JobId;

/**
 * The one message that comes with every token, as JSON or plain, written and read without Jackson's binding, which costs several
 * times as much. Whatever is not written exactly as here is nobody's loss: it is left to the binding, which knows every message and
 * every error.
 */
final class LinesFrames {

    private static final String BEGIN = "{\"type\":\"chunk\",\"jobId\":\"";
    private static final String SEQ = "\",\"seq\":";
    private static final char NEWLINE = '\n';

    /** What is around a line in its frame, and some characters that have to be escaped. */
    private static final int ROOM = 32;

    private static final int DECIMAL = 10;

    /** Any number of so many digits is a {@code long}. */
    private static final int SEQ_DIGITS_MAX = 18;

    private final JsonFactory json;

    LinesFrames(JsonFactory json) {
        this.json = json;
    }

    String write(Lines chunk) {
        int chars = 0;
        for (String line : chunk.lines()) {
            chars += line.length() + line.length() / 2 + ROOM;
        }
        StringBuilder frame = begun(chunk, chars).append(",\"lines\":");
        JsonStringEncoder quotes = JsonStringEncoder.getInstance();
        char before = '[';
        for (String line : chunk.lines()) {
            frame.append(before).append('"');
            quotes.quoteAsString(line, frame);
            frame.append('"');
            before = ',';
        }
        return frame.append("]}").toString();
    }

    /** Quoted all the same, if the job's name or a text has something in it that only quotes can hold. */
    String writePlain(Lines chunk) {
        int chars = 0;
        for (String line : chunk.lines()) {
            if (line.indexOf(NEWLINE) >= 0) {
                return write(chunk);
            }
            chars += line.length() + 1;
        }
        StringBuilder frame = begun(chunk, chars);
        if (frame.indexOf("\\") >= 0) {
            return write(chunk);
        }
        frame.append('}');
        for (String line : chunk.lines()) {
            frame.append(NEWLINE).append(line);
        }
        return frame.toString();
    }

    /** All but the lines, which take so many {@code chars}. */
    private static StringBuilder begun(Lines chunk, int chars) {
        String job = chunk.jobId().value();
        var frame = new StringBuilder(BEGIN.length() + job.length() + ROOM + chars).append(BEGIN);
        JsonStringEncoder.getInstance().quoteAsString(job, frame);
        return frame.append(SEQ).append(chunk.seq());
    }

    /** @return empty for anything but lines that are written as above; the binding says what it is */
    Optional<Decoded<AgentMessage>> read(String frame) {
        if (!frame.startsWith(BEGIN)) {
            return Optional.empty();
        }
        int newline = frame.indexOf(NEWLINE);
        return newline < 0 ? readQuoted(frame).map(Decoded.Known::new) : readPlain(frame, newline);
    }

    /** @param newline where the object ends, which says all of the chunk but its lines */
    private static Optional<Decoded<AgentMessage>> readPlain(String frame, int newline) {
        int jobEnd = frame.indexOf('"', BEGIN.length(), newline);
        int seqBegin = jobEnd + SEQ.length();
        int seqEnd = newline - 1;
        if (jobEnd < 0
                || frame.indexOf('\\', BEGIN.length(), jobEnd) >= 0
                || !frame.startsWith(SEQ, jobEnd)
                || !isNumber(frame, seqBegin, seqEnd)
                || frame.charAt(seqEnd) != '}') {
            return Optional.empty();
        }
        try {
            var job = new JobId(frame.substring(BEGIN.length(), jobEnd));
            long seq = Long.parseLong(frame, seqBegin, seqEnd, DECIMAL);
            return Optional.of(new Decoded.Known<>(new Lines(job, seq, linesAfter(frame, newline))));
        } catch (IllegalArgumentException e) {
            return Optional.of(new Decoded.Malformed<>(CloseCode.BAD_MESSAGE, String.valueOf(e.getMessage())));
        }
    }

    private static boolean isNumber(String frame, int from, int to) {
        for (int i = from; i < to; i++) {
            if (frame.charAt(i) < '0' || frame.charAt(i) > '9') {
                return false;
            }
        }
        return from < to && to - from <= SEQ_DIGITS_MAX;
    }

    private static List<String> linesAfter(String frame, int newline) {
        var lines = new ArrayList<String>();
        int before = newline;
        while (before >= 0) {
            int next = frame.indexOf(NEWLINE, before + 1);
            lines.add(next < 0 ? frame.substring(before + 1) : frame.substring(before + 1, next));
            before = next;
        }
        return lines;
    }

    private Optional<Lines> readQuoted(String frame) {
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
