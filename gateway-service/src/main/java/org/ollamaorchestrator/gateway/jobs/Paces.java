package org.ollamaorchestrator.gateway.jobs;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.ollamaorchestrator.protocol.AgentId;

/** How fast each agent was lately: moving means over whole answers, of which the last counts for a third. */
@Singleton
public class Paces implements Ledger {

    private static final double WEIGHT_OF_LAST = 0.3;

    /** Beyond it nobody's pace is kept any more: it is for people to see, and nothing depends on it. */
    private static final int AGENTS_MAX = 10_000;

    private final Map<AgentId, Pace> paces = new ConcurrentHashMap<>();

    /**
     * @param tokensPerSecond of an answer, once it has begun
     * @param firstToken from the agent's getting the request
     */
    public record Pace(double tokensPerSecond, Duration firstToken) {

        private Pace mixedWith(Pace last) {
            long before = firstToken.toNanos();
            return new Pace(
                    tokensPerSecond + WEIGHT_OF_LAST * (last.tokensPerSecond - tokensPerSecond),
                    Duration.ofNanos(before + Math.round(WEIGHT_OF_LAST * (last.firstToken.toNanos() - before))));
        }
    }

    /** Empty if it has not given a whole answer of several tokens yet. */
    public Optional<Pace> of(AgentId agent) {
        return Optional.ofNullable(paces.get(agent));
    }

    @Override
    public void ended(Entry entry) {
        if (entry.agent().isPresent()
                && (paces.size() < AGENTS_MAX || paces.containsKey(entry.agent().get()))) {
            paceOf(entry).ifPresent(pace -> paces.merge(entry.agent().get(), pace, Pace::mixedWith));
        }
    }

    private static Optional<Pace> paceOf(Entry entry) {
        long tokensAfterFirst = entry.usage().answerTokens() - 1;
        if (!entry.usage().exact()
                || tokensAfterFirst < 1
                || entry.firstLine().isEmpty()
                || entry.queued().isEmpty()) {
            return Optional.empty();
        }
        Duration streamed = entry.duration().minus(entry.firstLine().get());
        if (!streamed.isPositive()) {
            return Optional.empty();
        }
        return Optional.of(new Pace(
                tokensAfterFirst * 1e9 / streamed.toNanos(),
                entry.firstLine().get().minus(entry.queued().get())));
    }
}
