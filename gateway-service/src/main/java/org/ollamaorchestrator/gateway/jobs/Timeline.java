package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentId;

/** When what happened to one request. Written on the core's loop, but for the first line, which comes on its session's; others read. */
final class Timeline {

    private final long arrived = System.nanoTime();
    private final Instant arrivedAt = Instant.now();

    private @Nullable Long loadBegun;
    private @Nullable Duration load;
    private @Nullable Duration queued;
    private volatile @Nullable AgentId agent;
    private volatile @Nullable Duration firstLine;

    void loadBegins() {
        loadBegun = System.nanoTime();
    }

    void placed(AgentId on) {
        Long begun = loadBegun;
        if (begun != null) {
            load = Duration.ofNanos(System.nanoTime() - begun);
            loadBegun = null;
        }
        queued = soFar();
        agent = on;
    }

    void firstLine() {
        firstLine = soFar();
    }

    Duration soFar() {
        return Duration.ofNanos(System.nanoTime() - arrived);
    }

    Instant arrivedAt() {
        return arrivedAt;
    }

    Optional<AgentId> agent() {
        return Optional.ofNullable(agent);
    }

    Optional<Duration> queuedFor() {
        return Optional.ofNullable(queued);
    }

    Optional<Duration> loadTook() {
        return Optional.ofNullable(load);
    }

    Optional<Duration> untilFirstLine() {
        return Optional.ofNullable(firstLine);
    }
}
