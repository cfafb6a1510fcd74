package org.ollamaorchestrator.agent.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.parsetools.RecordParser;
import java.util.function.BiConsumer;

/** Bytes in, lines out, however the network cut them. A line ends at a newline, the last one also at the end. */
final class NdjsonLines {

    private static final Buffer NEWLINE = Buffer.buffer("\n");

    private final int lineBytesMax;
    private final BiConsumer<String, Integer> line;
    private final RecordParser parser;
    private boolean withinLine;
    private boolean tooLong;

    /** @param line takes the exact text of each line, without its newline, and its length in bytes; never an empty one */
    NdjsonLines(int lineBytesMax, BiConsumer<String, Integer> line) {
        this.lineBytesMax = lineBytesMax;
        this.line = line;
        parser = RecordParser.newDelimited(NEWLINE)
                .maxRecordSize(lineBytesMax)
                .exceptionHandler(longer -> tooLong = true);
        parser.handler(record -> {
            // A complete line can pass the parser's own check, which looks only at what is left over.
            if (record.length() > lineBytesMax) {
                tooLong = true;
            } else if (record.length() > 0 && !tooLong) {
                line.accept(record.toString(UTF_8), record.length());
            }
        });
    }

    void feed(Buffer bytes) {
        if (bytes.length() > 0 && !tooLong) {
            boolean endsLine = bytes.getByte(bytes.length() - 1) == '\n';
            if (withinLine || !endsLine || !tookAsOneLine(bytes)) {
                parser.handle(bytes);
            }
            withinLine = !endsLine;
        }
    }

    /**
     * Ollama writes each line by itself, and so nearly all arrive: those need no parser.
     *
     * @return false if it is not one line that may be; then nothing was handed over
     */
    private boolean tookAsOneLine(Buffer endingLine) {
        int length = endingLine.length() - 1;
        if (length == 0 || length > lineBytesMax) {
            return false;
        }
        String text = endingLine.getString(0, length);
        if (text.indexOf('\n') >= 0) {
            return false;
        }
        line.accept(text, length);
        return true;
    }

    /** There is nothing more to come: what is left without a newline is a line as well. */
    void end() {
        if (withinLine) {
            feed(NEWLINE);
        }
    }

    /** Whether a line was longer than may be. Nothing comes out after that. */
    boolean tooLong() {
        return tooLong;
    }
}
