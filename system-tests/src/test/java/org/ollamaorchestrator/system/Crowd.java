package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Many machines with one slot each, and more clients than they can serve, who ask again whenever they have their answer. All
 * are in this process, over connections of their own: the gateway sees no difference.
 */
final class Crowd implements AutoCloseable {
    static final String MODEL = "crowded";

    private static final long TOKEN_EVERY_MS = 100;

    private final Gateway gateway;
    private final Map<String, String> headers;
    private final List<Machine> machines = new ArrayList<>();
    private final Set<Asked> asking = ConcurrentHashMap.newKeySet();
    private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder answers = new LongAdder();
    private final ScheduledExecutorService pace =
            Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().factory());
    private volatile boolean over;

    private Crowd(Gateway gateway, Map<String, String> headers) {
        this.gateway = gateway;
        this.headers = headers;
    }

    /**
     * @param clients more than the machines, so that the rest of them waits
     * @param headers which every client sends
     */
    static Crowd of(Gateway gateway, int machines, int clients, Map<String, String> headers) {
        var crowd = new Crowd(gateway, headers);
        try {
            crowd.join(machines);
            crowd.ask(clients);
            return crowd;
        } catch (RuntimeException | AssertionError e) {
            crowd.close();
            throw e;
        }
    }

    /** What a machine is called, so that their order by name is that of their numbers. */
    static String machine(int number) {
        return "machine-%03d".formatted(number);
    }

    /** Tokens that the machines have sent. */
    long tokens() {
        return tokens.sum();
    }

    /** Answers that clients have got whole. */
    long answers() {
        return answers.sum();
    }

    /** No client was refused, or got less than a whole answer. */
    void assertServed() {
        assertThat(complaints).isEmpty();
    }

    private void join(int count) {
        for (int i = 0; i < count; i++) {
            // Each has answers of another length, so that they end one after the other.
            machines.add(new Machine(RawAgent.joined(gateway, machine(i), MODEL), 20 + i % 20));
        }
        machines.forEach(machine -> start(machine::listen));
        var _ = pace.scheduleAtFixedRate(this::goOn, TOKEN_EVERY_MS, TOKEN_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    private void goOn() {
        try {
            machines.forEach(Machine::goOn);
        } catch (UncheckedIOException e) {
            complain(e);
        }
    }

    private void complain(Throwable why) {
        if (!over) {
            complaints.add(why.toString());
        }
    }

    private void ask(int clients) {
        IntStream.range(0, clients).forEach(number -> start(this::askAgainAndAgain));
    }

    private static void start(Runnable task) {
        Thread _ = Thread.startVirtualThread(task);
    }

    private void askAgainAndAgain() {
        var question = Asked.question(Manner.OPENAI_STREAM, MODEL, "hello");
        headers.forEach(question::header);
        while (!over) {
            try (Asked asked = question.of(gateway)) {
                asking.add(asked);
                String words = asked.words();
                asking.remove(asked);
                assertThat(words).isNotEmpty();
                answers.increment();
            } catch (UncheckedIOException | AssertionError e) {
                complain(e);
                return;
            }
        }
    }

    @Override
    public void close() {
        over = true;
        pace.shutdownNow();
        asking.forEach(Asked::leave);
        machines.forEach(machine -> machine.agent.close());
    }

    /** Answers one job at a time, token by token. */
    private final class Machine {
        private final RawAgent agent;
        private final int length;
        private @Nullable String job;
        private int sent;

        Machine(RawAgent agent, int length) {
            this.agent = agent;
            this.length = length;
        }

        void listen() {
            agent.listen(this::hear);
        }

        private synchronized void hear(JsonNode message) {
            String id = message.path("jobId").asText();
            switch (message.path("type").asText()) {
                case "job" -> {
                    job = id;
                    sent = 0;
                }
                case "cancel" -> {
                    if (id.equals(job)) {
                        job = null;
                        agent.cancelled(id);
                    }
                }
                default -> {}
            }
        }

        synchronized void goOn() {
            String running = job;
            if (running == null || over) {
                return;
            }
            sent++;
            if (sent < length) {
                agent.token(running, sent, "word ");
                tokens.increment();
            } else {
                job = null;
                agent.end(running, sent);
            }
        }
    }
}
