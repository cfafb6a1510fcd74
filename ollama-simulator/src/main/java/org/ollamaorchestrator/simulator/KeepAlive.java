package org.ollamaorchestrator.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long a model stays loaded after its last request: Ollama's {@code keep_alive}. */
record KeepAlive(Duration duration) {
    static final KeepAlive NONE = new KeepAlive(Duration.ZERO);
    static final KeepAlive STANDARD = new KeepAlive(Duration.ofMinutes(5));
    /** What Ollama makes of a negative duration: three centuries. */
    static final KeepAlive FOREVER = new KeepAlive(Duration.ofNanos(Long.MAX_VALUE));

    private static final Pattern PART = Pattern.compile("([0-9]*\\.?[0-9]+)(ns|us|µs|ms|s|m|h)");

    boolean none() {
        return duration.isZero();
    }

    boolean forever() {
        return equals(FOREVER);
    }

    /** Seconds as a number, or a Go duration such as {@code 1h30m}. */
    static KeepAlive of(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return STANDARD;
        }
        if (node.isNumber()) {
            return ofNanos(node.asDouble() * 1e9);
        }
        return ofNanos(goNanos(node.asText()));
    }

    private static KeepAlive ofNanos(double nanos) {
        return nanos < 0 || nanos >= Long.MAX_VALUE ? FOREVER : new KeepAlive(Duration.ofNanos((long) nanos));
    }

    private static double goNanos(String text) {
        String unsigned = text.startsWith("-") ? text.substring(1) : text;
        double nanos = 0;
        int end = 0;
        Matcher part = PART.matcher(unsigned);
        while (end < unsigned.length() && part.find(end) && part.start() == end) {
            nanos += Double.parseDouble(part.group(1)) * unitNanos(part.group(2));
            end = part.end();
        }
        if (end < unsigned.length() || unsigned.isEmpty()) {
            if (unsigned.equals("0")) {
                return 0;
            }
            String kind = unsigned.matches("[0-9.]+") ? "missing unit in" : "invalid";
            throw new Refusal(400, "time: " + kind + " duration \"" + text + "\"");
        }
        return text.startsWith("-") ? -nanos : nanos;
    }

    private static double unitNanos(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            case "h" -> 3600e9;
            default -> throw new IllegalArgumentException("no unit of time: " + unit);
        };
    }
}
