package org.ollamaorchestrator.gateway.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.ollamaorchestrator.gateway.security.Audit;

/**
 * How many refusals of each kind are written down in a minute; beyond that a kind's are counted. Each kind has a bound of its
 * own, so that whoever tries keys all day hides nothing else. For one thread at a time.
 */
final class RefusalCounts {

    private final int aMinute;
    private final Map<Audit.Event, Integer> thisMinute = new EnumMap<>(Audit.Event.class);
    private Instant minute = Instant.EPOCH;

    /** @param aMinute of each kind */
    RefusalCounts(int aMinute) {
        this.aMinute = aMinute;
    }

    /**
     * What follows from one more.
     *
     * @param isWritten whether it gets a row of its own
     * @param before rows that tell what was only counted in the minute that is over
     */
    record Verdict(boolean isWritten, List<AuditEvent> before) {}

    Verdict count(Audit.Event event, Instant now) {
        List<AuditEvent> before = List.of();
        Instant current = now.truncatedTo(ChronoUnit.MINUTES);
        if (!current.equals(minute)) {
            before = counted();
            minute = current;
            thisMinute.clear();
        }
        return new Verdict(thisMinute.merge(event, 1, Integer::sum) <= aMinute, before);
    }

    /** What this minute has beyond its bounds. */
    List<AuditEvent> counted() {
        return thisMinute.entrySet().stream()
                .filter(seen -> seen.getValue() > aMinute)
                .map(seen -> AuditEvent.of(
                        Audit.Event.MORE_REFUSED,
                        "anybody",
                        "%d of %s".formatted(seen.getValue() - aMinute, AuditTable.name(seen.getKey())),
                        minute))
                .toList();
    }
}
