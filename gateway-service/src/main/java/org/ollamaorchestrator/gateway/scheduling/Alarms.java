package org.ollamaorchestrator.gateway.scheduling;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.JobId;

/** What the core wants to be reminded of, and when. Whoever sets an alarm stops it when it has lost its meaning. */
final class Alarms {

    /** What an alarm is about. */
    sealed interface Due {}

    /** A cancelled job should have been confirmed. */
    record ConfirmBy(JobId job) implements Due {}

    /** The first line of a job should have come. */
    record FirstLineBy(JobId job) implements Due {}

    /** A model should have been loaded. */
    record LoadedBy(JobId job) implements Due {}

    /** A request has waited as long as it may. */
    record WaitOver(RequestId request) implements Due {}

    /** A request has taken as long as its client gave it. */
    record DeadlineOver(RequestId request) implements Due {}

    /** An agent's Ollama has not answered for a while. */
    record OllamaAway(AgentId agent) implements Due {}

    /** An agent's connection has been away for longer than a moment. */
    record NotBackYet(AgentId agent) implements Due {}

    /** An agent's connection has been away for too long. */
    record ResumeWindowOver(AgentId agent) implements Due {}

    /** Somebody waits, and what only time changes may have changed. */
    record LookAgain() implements Due {}

    /** One alarm, to stop it by. */
    record Alarm(Instant at, long number, Due due) {}

    private final TreeSet<Alarm> set =
            new TreeSet<>(Comparator.comparing(Alarm::at).thenComparingLong(Alarm::number));
    private long count;

    Alarm set(Instant at, Due due) {
        var alarm = new Alarm(at, ++count, due);
        set.add(alarm);
        return alarm;
    }

    void stop(@Nullable Alarm alarm) {
        if (alarm != null) {
            set.remove(alarm);
        }
    }

    int size() {
        return set.size();
    }

    Optional<Instant> next() {
        return set.isEmpty() ? Optional.empty() : Optional.of(set.first().at());
    }

    /** Takes out the first alarm whose time has come. */
    Optional<Due> due(Instant now) {
        if (set.isEmpty() || set.first().at().isAfter(now)) {
            return Optional.empty();
        }
        Alarm alarm = set.first();
        set.remove(alarm);
        return Optional.of(alarm.due());
    }
}
