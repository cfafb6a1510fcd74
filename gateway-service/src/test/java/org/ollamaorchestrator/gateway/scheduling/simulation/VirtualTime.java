package org.ollamaorchestrator.gateway.scheduling.simulation;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** The one clock, the one source of chance, and what is to happen in which order; it remembers the last that did. */
final class VirtualTime {

    private static final int TRACE_MAX = Integer.getInteger("simulation.trace", 60);

    private record Happening(long at, long number, Runnable what) {}

    private record Note(long at, String what, Object about, Object more) {}

    private final PriorityQueue<Happening> ahead =
            new PriorityQueue<>(Comparator.comparingLong(Happening::at).thenComparingLong(Happening::number));
    private final ArrayDeque<Note> trace = new ArrayDeque<>();
    private final SplittableRandom random;
    private long count;
    private long now;

    VirtualTime(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Milliseconds since the beginning. */
    long now() {
        return now;
    }

    Instant instant() {
        return Instant.EPOCH.plusMillis(now);
    }

    void after(long millis, Runnable what) {
        ahead.add(new Happening(now + millis, ++count, what));
    }

    void at(long millis, Runnable what) {
        ahead.add(new Happening(Math.max(now, millis), ++count, what));
    }

    /** @return false if nothing happens until then, or ever */
    boolean next(long until) {
        Happening next = ahead.peek();
        if (next == null || next.at() > until) {
            return false;
        }
        ahead.remove();
        now = next.at();
        next.what().run();
        return true;
    }

    /** How many things have happened or will. */
    long count() {
        return count;
    }

    /** From the one to the other, both possible. */
    long between(long least, long most) {
        return random.nextLong(least, most + 1);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    void note(String what, Object about, Object more) {
        if (trace.size() == TRACE_MAX) {
            trace.removeFirst();
        }
        trace.addLast(new Note(now, what, about, more));
    }

    String trace() {
        var text = new StringBuilder();
        for (Note note : trace) {
            text.append("%10d  %-10s %s %s%n".formatted(note.at(), note.what(), note.about(), note.more()));
        }
        return text.toString();
    }
}
