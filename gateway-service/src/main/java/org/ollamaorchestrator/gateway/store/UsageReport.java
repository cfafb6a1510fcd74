package org.ollamaorchestrator.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What requests used within a time, summed up in steps.
 *
 * @param rows the earliest first; a step in which nothing ended has none
 * @param cut whether there are more than are told
 */
public record UsageReport(List<Row> rows, boolean cut) {

    public UsageReport {
        rows = List.copyOf(rows);
    }

    /** What is summed up apart. */
    public enum By {
        KEY,
        MODEL,
        AGENT;

        public static Optional<By> ofWireName(String name) {
            for (By by : values()) {
                if (by.wireName().equals(name)) {
                    return Optional.of(by);
                }
            }
            return Optional.empty();
        }

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is asked for: requests that ended from the one moment on and before the other.
     *
     * @param step from midnight of UTC on
     * @param key whose requests; empty for everybody's
     */
    public record Query(Instant from, Instant to, By by, Duration step, Optional<String> key) {}

    /**
     * @param at the beginning of the step
     * @param name of the key, model or agent; empty for requests that no agent ever had
     * @param failed of the requests, those without a whole answer
     * @param firstLine mean over those that had a first line; empty if none had
     */
    public record Row(
            Instant at,
            Optional<String> name,
            long requests,
            long failed,
            long promptTokens,
            long answerTokens,
            Optional<Duration> firstLine,
            Duration duration) {}
}
