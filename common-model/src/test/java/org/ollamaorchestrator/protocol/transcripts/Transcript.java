package org.ollamaorchestrator.protocol.transcripts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * One conversation of {@code transcripts/NAME.jsonl}: a frame per line, its direction first. Lines that begin with
 * {@code #} say what the conversation is about.
 */
public record Transcript(String name, List<Frame> frames) {

    /** All conversations there are. */
    public static final List<String> NAMES = List.of(
            "v1-prompt",
            "v1-ollama-error",
            "v1-empty-answer",
            "v2-chat",
            "v2-chat-cancelled-midway",
            "v2-chat-fails-midway",
            "v2-model-not-found",
            "v2-no-slot",
            "v2-large-request-and-line",
            "v2-resume-after-a-drop",
            "v2-state-changes",
            "v2-drain");

    public enum Direction {
        AGENT("agent "),
        GATEWAY("gateway ");

        private final String prefix;

        Direction(String prefix) {
            this.prefix = prefix;
        }
    }

    public record Frame(Direction from, String json) {

        static Frame of(String line) {
            for (Direction direction : Direction.values()) {
                if (line.startsWith(direction.prefix)) {
                    return new Frame(direction, line.substring(direction.prefix.length()));
                }
            }
            throw new IllegalArgumentException("a frame begins with its direction: " + line);
        }
    }

    public Transcript {
        frames = List.copyOf(frames);
    }

    public static Transcript load(String name) {
        String resource = "/transcripts/" + name + ".jsonl";
        try (InputStream in = Transcript.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no transcript " + resource);
            }
            List<Frame> frames = new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Frame::of)
                    .toList();
            return new Transcript(name, frames);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What one side said, in order. */
    public List<String> saidBy(Direction side) {
        return frames.stream()
                .filter(frame -> frame.from() == side)
                .map(Frame::json)
                .toList();
    }
}
