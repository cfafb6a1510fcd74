package org.ollamaorchestrator.gateway.jobs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.LineSource;
import org.ollamaorchestrator.gateway.agents.ProtocolViolation;
import org.ollamaorchestrator.gateway.scheduling.JobEnd;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * One request's token path: from its agent's session to its client's connection, for one subscriber. The session can
 * change: the request is placed again as long as no line has come, and a dropped agent comes back over another one.
 *
 * <p>Two event loops meet here. The session's puts lines in ({@link #accept}), after checking that none is missing or
 * twice; the client's takes them out, all that wait at once, whenever the client's connection has demand. The queue
 * between them is bounded by the window: what has not been acknowledged to the agent. New demand means that the connection
 * has taken what it was given before, and that is acknowledged each quarter of the window.
 */
final class JobStream implements Flow.Publisher<StreamItem> {

    /** Who gave the job its stream. */
    interface Owner {

        /** The client's side of the stream ended before the job did. */
        void cancelled();

        /** The client has its end, or is gone: on its event loop, once. */
        void over(JobStream stream);

        /** As much waits for the client as may, so that the agent has to stop: told each time, on the session's event loop. */
        void windowFull();
    }

    /** The queue is full although the client has all the demand it can have: whose fault that is, the version tells. */
    static final class WindowExceeded extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private sealed interface Entry {}

    private record LineEntry(String line, int bytes) implements Entry {}

    private record EndEntry(JobEnd end) implements Entry {}

    /** Where lines come from at present, and that there may come any. */
    private record Source(JobId job, LineSource lines) {}

    /** What the client's connection was given and may not have taken, or has taken and is not acknowledged. */
    private static final class Tally {
        private int lines;
        private int bytes;

        void add(int moreLines, int moreBytes) {
            lines += moreLines;
            bytes += moreBytes;
        }

        void moveTo(Tally other) {
            other.add(lines, bytes);
            lines = 0;
            bytes = 0;
        }
    }

    private static final int ACKNOWLEDGEMENTS_PER_WINDOW = 4;

    /** Who asks for everything takes everything at once. */
    private static final long UNBOUNDED = Long.MAX_VALUE;

    private final Client client;
    private final Owner owner;
    private final int windowLines;
    private final long windowBytes;

    private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger unacknowledgedLines = new AtomicInteger();
    private final AtomicLong unacknowledgedBytes = new AtomicLong();

    /** Set where lines come in, and reset where they are acknowledged. */
    private volatile boolean windowFull;

    private final AtomicBoolean dropped = new AtomicBoolean();

    /** Set on the core's loop when the job is placed, before any line can come. */
    private volatile @Nullable Source source;

    /** When the last line came, or the job was placed. */
    private volatile long lastLineNanos = System.nanoTime();

    /** Up to here the agent was told that lines were taken. */
    private volatile long acknowledgedSeq;

    /** Where Ollama tells its figures. */
    private volatile String lastLine = "";

    // Guarded by this: the session's event loop takes lines in, the core's may put another session in its place.
    private long lastSeq;
    private int nextPart;
    private @Nullable StringBuilder longLine;
    private long longLineBytes;

    // Of the client's event loop.
    private Flow.@Nullable Subscriber<? super StreamItem> subscriber;
    private long demand;
    private boolean draining;
    private volatile boolean over;
    private long takenSeq;
    private long lastGivenNanos = System.nanoTime();
    private boolean silenceFilled;
    private final Tally given = new Tally();
    private final Tally taken = new Tally();

    /** When the client was last given something that it has not taken yet; 0 if it has taken everything. */
    private volatile long stalledSinceNanos;

    /**
     * @param windowLines the most lines that may be unacknowledged
     * @param windowBytes the same in bytes, whichever comes first; one line may always be, however long
     */
    JobStream(Client client, Owner owner, int windowLines, long windowBytes) {
        this.client = client;
        this.owner = owner;
        this.windowLines = windowLines;
        this.windowBytes = windowBytes;
    }

    Client client() {
        return client;
    }

    /** The job was placed: from now on its lines come from there, and from nowhere else. */
    synchronized void attach(JobId job, LineSource lines) {
        forgetParts();
        lastLineNanos = System.nanoTime();
        source = new Source(job, lines);
    }

    /**
     * The agent is back over another connection, and the same job goes on from there.
     *
     * @return the number of the last line that was received
     */
    synchronized long resumeOver(LineSource lines) {
        Source from = source;
        if (from == null) {
            throw new IllegalStateException("a job that was not placed cannot go on");
        }
        attach(from.job(), lines);
        return lastSeq;
    }

    /** What of an earlier connection the agent may not have heard. */
    long acknowledgedSeq() {
        return acknowledgedSeq;
    }

    Optional<JobId> job() {
        return Optional.ofNullable(source).map(Source::job);
    }

    boolean comesFrom(LineSource lines) {
        Source from = source;
        return from != null && from.lines().equals(lines);
    }

    /** The number of the last whole line. */
    synchronized long lastSeq() {
        return lastSeq;
    }

    /** What was used so far; exact if the last line has come. */
    JobUsage usage(JobRequest request) {
        String line = lastLine;
        return JobUsage.told(line).orElseGet(() -> request.used(lastSeq()));
    }

    /** Whether the client has its end, or is gone. From any thread. */
    boolean isOver() {
        return over;
    }

    /** How long no line has come although the client would take one; zero if the client is what it waits for. */
    Duration silentFor() {
        return stalledSinceNanos == 0 ? Duration.ofNanos(System.nanoTime() - lastLineNanos) : Duration.ZERO;
    }

    /**
     * Takes in what the agent sent; what comes from anybody else is ignored. On the session's event loop.
     *
     * @return whether the job's first line is among it
     * @throws ProtocolViolation if a line is missing or twice, or too long
     * @throws WindowExceeded if more waits than may
     */
    synchronized boolean accept(LineSource from, Chunk chunk) {
        if (!comesFrom(from)) {
            return false;
        }
        long before = lastSeq;
        if (chunk.seq() != before + 1) {
            throw violation("chunk: seq is %d and not %d".formatted(chunk.seq(), before + 1));
        }
        if (before == 0) {
            client.answeredBy(from.agentName());
        }
        switch (chunk) {
            case Lines lines -> {
                if (longLine != null) {
                    throw violation("chunk: a line in parts was not finished");
                }
                lines.lines().forEach(this::add);
            }
            case LinePart part -> add(part);
        }
        if (lastSeq == before) {
            return false;
        }
        lastLineNanos = System.nanoTime();
        scheduleDrain();
        return before == 0;
    }

    private void forgetParts() {
        longLine = null;
        longLineBytes = 0;
        nextPart = 0;
    }

    private void add(LinePart part) {
        if (part.part() != nextPart) {
            throw violation("chunk: part is %d and not %d".formatted(part.part(), nextPart));
        }
        StringBuilder line = longLine == null ? new StringBuilder() : longLine;
        longLineBytes += MessageCodec.utf8Bytes(part.data());
        if (longLineBytes > ProtocolLimits.LINE_BYTES_MAX) {
            throw violation("chunk: the line is longer than a line may be");
        }
        line.append(part.data());
        if (part.more()) {
            longLine = line;
            nextPart++;
        } else {
            forgetParts();
            add(line.toString());
        }
    }

    private void add(String line) {
        if (unacknowledgedLines.get() >= windowLines || unacknowledgedBytes.get() >= windowBytes) {
            throw new WindowExceeded();
        }
        lastSeq++;
        int lines = unacknowledgedLines.incrementAndGet();
        int lineBytes = MessageCodec.utf8Bytes(line);
        long bytes = unacknowledgedBytes.addAndGet(lineBytes);
        lastLine = line;
        queue.add(new LineEntry(line, lineBytes));
        // An agent does not begin what would not fit: that is a line as long as this one, as far as can be known here.
        if (!windowFull && (lines >= windowLines || bytes + lineBytes > windowBytes)) {
            windowFull = true;
            owner.windowFull();
        }
    }

    private static ProtocolViolation violation(String reason) {
        return new ProtocolViolation(CloseCode.BAD_MESSAGE, reason);
    }

    /** The job's end, which the client's side learns after all lines. Called once, from any thread. */
    void end(JobEnd end) {
        queue.add(new EndEntry(end));
        scheduleDrain();
    }

    /** How long the client has not taken what it was given; zero if it has. From any thread. */
    Duration stalledFor() {
        long since = stalledSinceNanos;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - since);
    }

    /**
     * Ends the connection of a client that does not take what it was given. From any thread.
     *
     * @return whether it is told so for the first time
     */
    boolean drop() {
        client.abort();
        return dropped.compareAndSet(false, true);
    }

    /**
     * Acknowledges what was taken, little as it may be, once no line has come for that long: an agent may wait for it before it
     * sends a very long one. Whoever sends waits for nothing, and is told by the quarter of a window. From any thread.
     */
    void acknowledgeTaken(Duration silentFor) {
        client.onEventLoop(() -> {
            if (!over && taken.lines > 0 && silentFor().compareTo(silentFor) >= 0) {
                acknowledge(takenSeq - given.lines);
            }
        });
    }

    /** Tells a client that asked for it where it stands, unless its answer has begun. From any thread. */
    void tellPosition(int position, Duration expected) {
        client.onEventLoop(() -> {
            if (!over && demand > 0 && takenSeq == 0 && queue.isEmpty() && subscriber != null) {
                silenceFilled = true;
                give(subscriber, new StreamItem.InQueue(position, expected));
            }
        });
    }

    /**
     * Hands over a {@link StreamItem.Silence} if the client has been given nothing for that long. From any
     * thread.
     *
     * @param sinceBegin for the first item of all, whose absence keeps a failure's real status
     */
    void fillSilence(Duration sinceBegin, Duration sinceLast) {
        client.onEventLoop(() -> {
            Duration allowed = takenSeq == 0 && !silenceFilled ? sinceBegin : sinceLast;
            boolean silent = System.nanoTime() - lastGivenNanos >= allowed.toNanos();
            if (silent && !over && demand > 0 && queue.isEmpty() && subscriber != null) {
                silenceFilled = true;
                give(subscriber, new StreamItem.Silence());
            }
        });
    }

    @Override
    public void subscribe(Flow.Subscriber<? super StreamItem> newSubscriber) {
        if (subscriber != null) {
            throw new IllegalStateException("a job's stream has one subscriber");
        }
        subscriber = newSubscriber;
        newSubscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                client.onEventLoop(() -> demanded(n));
            }

            @Override
            public void cancel() {
                client.onEventLoop(JobStream.this::clientLeft);
            }
        });
    }

    private void demanded(long n) {
        demand = n >= UNBOUNDED - demand ? UNBOUNDED : demand + n;
        stalledSinceNanos = 0;
        takenAll();
        drain();
    }

    private void takenAll() {
        given.moveTo(taken);
        if (!over && isQuarterOfWindow(taken)) {
            acknowledge(takenSeq);
        }
    }

    private boolean isQuarterOfWindow(Tally tally) {
        return tally.lines >= Math.max(1, windowLines / ACKNOWLEDGEMENTS_PER_WINDOW)
                || tally.bytes >= windowBytes / ACKNOWLEDGEMENTS_PER_WINDOW;
    }

    private void acknowledge(long seq) {
        unacknowledgedLines.addAndGet(-taken.lines);
        unacknowledgedBytes.addAndGet(-taken.bytes);
        taken.add(-taken.lines, -taken.bytes);
        windowFull = false;
        acknowledgedSeq = seq;
        Source from = source;
        if (from != null) {
            from.lines().acknowledge(from.job(), seq);
        }
    }

    private void clientLeft() {
        if (!over) {
            becomeOver();
            owner.cancelled();
        }
    }

    private void becomeOver() {
        over = true;
        stalledSinceNanos = 0;
        queue.clear();
        owner.over(this);
    }

    private void scheduleDrain() {
        if (drainScheduled.compareAndSet(false, true)) {
            client.onEventLoop(() -> {
                drainScheduled.set(false);
                drain();
            });
        }
    }

    /** Hands over all that waits as one item, as often as there is demand. Demand that this brings leads here again. */
    private void drain() {
        Flow.Subscriber<? super StreamItem> to = subscriber;
        if (draining || to == null) {
            return;
        }
        draining = true;
        try {
            while (!over && demand > 0 && queue.peek() instanceof LineEntry) {
                handOver(to);
            }
            if (!over && queue.peek() instanceof EndEntry(JobEnd end)) {
                complete(to, end);
            }
        } finally {
            draining = false;
        }
    }

    private void handOver(Flow.Subscriber<? super StreamItem> to) {
        var batch = new ArrayList<String>();
        while (queue.peek() instanceof LineEntry(String line, int bytes)) {
            queue.remove();
            batch.add(line);
            given.add(1, bytes);
        }
        takenSeq += batch.size();
        give(to, new StreamItem.Lines(batch));
    }

    private void give(Flow.Subscriber<? super StreamItem> to, StreamItem item) {
        lastGivenNanos = System.nanoTime();
        if (demand < UNBOUNDED) {
            demand--;
        }
        if (demand == 0) {
            stalledSinceNanos = lastGivenNanos;
        }
        to.onNext(item);
        if (demand == UNBOUNDED) {
            takenAll();
        }
    }

    private void complete(Flow.Subscriber<? super StreamItem> to, JobEnd end) {
        becomeOver();
        switch (end) {
            case JobEnd.Completed completed -> to.onComplete();
            case JobEnd.Failed failed -> to.onError(new JobFailedException(failed.failure()));
        }
    }
}
