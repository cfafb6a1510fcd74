package org.ollamaorchestrator.gateway.scheduling;

import java.time.Duration;
import java.time.Instant;

/**
 * A circuit breaker for one agent: after some failures in a row it is put aside for a while, then tried with one job, and
 * put aside for longer if that fails as well. One that produces tokens is never put aside.
 */
final class AgentHealth {

    private static final int FAILURES_MAX = 3;
    private static final Duration ASIDE_FIRST = Duration.ofSeconds(5);
    private static final Duration ASIDE_MAX = Duration.ofMinutes(1);

    private int failures;
    private Instant failedAt = Instant.MIN;
    private Duration aside = ASIDE_FIRST;
    private Instant asideUntil = Instant.MIN;

    /**
     * What fails at one moment has one cause, and counts once.
     *
     * @param streams whether tokens come from the agent at the same time
     */
    void failed(Instant now, boolean streams) {
        if (streams || now.equals(failedAt)) {
            return;
        }
        failedAt = now;
        failures++;
        if (failures >= FAILURES_MAX) {
            asideUntil = now.plus(aside);
            aside = aside.multipliedBy(2).compareTo(ASIDE_MAX) > 0 ? ASIDE_MAX : aside.multipliedBy(2);
        }
    }

    void succeeded() {
        failures = 0;
        aside = ASIDE_FIRST;
        asideUntil = Instant.MIN;
    }

    boolean isAside(Instant now) {
        return now.isBefore(asideUntil);
    }

    /** Its time aside is over, and it has not proved itself since: one job at a time. */
    boolean isOnProbation() {
        return failures >= FAILURES_MAX;
    }
}
