package org.ollamaorchestrator.simulator;

import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The models there are, which of them are loaded, and who waits for them: loads, slots and queues as Ollama has them.
 * Owned by the event loop.
 */
final class ModelShelf {
    private final Vertx vertx;
    private final int parallel;
    private final int queueMax;
    private final Map<String, Runner> runners = new LinkedHashMap<>();

    /** What a request needs of its model, and since when. */
    record Need(
            Exchange exchange,
            int contextLength,
            double loadMs,
            KeepAlive keepAlive,
            long askedNanos,
            Granted granted) {}

    /** Called once, when the request has its slot. */
    interface Granted {
        /** After that long, waiting and loading: what Ollama reports as its load. */
        void withSlot(long loadNanos);
    }

    /** One line of {@code /api/ps}. */
    record Loaded(SimulatedModel model, Instant expiresAt, int contextLength) {}

    ModelShelf(Vertx vertx, int parallel, int queueMax) {
        this.vertx = vertx;
        this.parallel = parallel;
        this.queueMax = queueMax;
    }

    void add(SimulatedModel model) {
        runners.put(model.name(), new Runner(model));
    }

    /** The model is gone for new requests; those that hold or await it are served. */
    boolean remove(String name) {
        return runners.remove(ModelNames.tagged(name)) != null;
    }

    boolean has(String name) {
        return find(name).isPresent();
    }

    Optional<SimulatedModel> find(String name) {
        return Optional.ofNullable(runners.get(ModelNames.tagged(name))).map(runner -> runner.model);
    }

    Collection<SimulatedModel> models() {
        return runners.values().stream().map(runner -> runner.model).toList();
    }

    List<Loaded> loaded() {
        return runners.values().stream().flatMap(Runner::loaded).toList();
    }

    int peak(String name) {
        Runner runner = runners.get(ModelNames.tagged(name));
        return runner == null ? 0 : runner.peak;
    }

    /** Queues the request for its model; its end, whenever and however, gives back what it holds. */
    void enqueue(SimulatedModel model, Need need) {
        Runner runner = runners.get(model.name());
        if (runner == null) {
            throw new Refusal(404, "model '" + model.name() + "' not found");
        }
        runner.enqueue(need);
    }

    void unload(SimulatedModel model) {
        Runner runner = runners.get(model.name());
        if (runner != null) {
            runner.unload();
        }
    }

    /** As after a restart of Ollama. */
    void unloadAll() {
        runners.values().forEach(Runner::unload);
    }

    private sealed interface State {
        record Cold() implements State {}

        record Loading(Need by, long timer) implements State {}

        record Warm(int contextLength) implements State {}
    }

    private static final State COLD = new State.Cold();

    /** One model's process: cold, loading or warm, its slots and its queue. */
    private final class Runner {
        private final SimulatedModel model;
        private final Deque<Need> waiting = new ArrayDeque<>();
        private State state = COLD;
        private KeepAlive keepAlive = KeepAlive.STANDARD;
        private Instant expiresAt = Instant.EPOCH;
        private long expiry = -1;
        private int active;
        private int peak;
        private boolean serving;

        Runner(SimulatedModel model) {
            this.model = model;
        }

        void enqueue(Need need) {
            if (!(state instanceof State.Warm) && waiting.size() > queueMax) {
                throw new Refusal(503, "server busy, please try again.  maximum pending requests exceeded");
            }
            waiting.add(need);
            need.exchange().atEnd(() -> leave(need));
            need.exchange().enter(Phase.QUEUED);
            serve();
        }

        Stream<Loaded> loaded() {
            return state instanceof State.Warm(int contextLength)
                    ? Stream.of(new Loaded(model, expiresAt, contextLength))
                    : Stream.empty();
        }

        void unload() {
            keepAlive = KeepAlive.NONE;
            serve();
        }

        /** Gives slots to whoever is next, as far as the model's state allows. */
        private void serve() {
            // A request may end while it is given its slot; the loop then sees the slot free again by itself.
            if (serving) {
                return;
            }
            serving = true;
            try {
                while (serveNext()) {}
            } finally {
                serving = false;
            }
            restIfIdle();
        }

        private boolean serveNext() {
            Need head = waiting.peek();
            if (head == null) {
                return false;
            }
            return switch (state) {
                case State.Cold cold -> load(head);
                case State.Loading loading -> false;
                case State.Warm(int contextLength) when contextLength != head.contextLength() -> reload();
                case State.Warm warm -> grant(head);
            };
        }

        private boolean load(Need head) {
            head.exchange().enter(Phase.LOADING);
            long millis = (long) Math.ceil(head.loadMs());
            if (millis <= 0) {
                loadedFor(head);
                return true;
            }
            long timer = vertx.setTimer(millis, fired -> {
                loadedFor(head);
                serve();
            });
            state = new State.Loading(head, timer);
            return false;
        }

        private void loadedFor(Need head) {
            state = new State.Warm(head.contextLength());
        }

        /** Another context length is another process: those who run finish first. */
        private boolean reload() {
            if (active > 0) {
                return false;
            }
            state = COLD;
            return true;
        }

        private boolean grant(Need head) {
            if (active >= parallel) {
                return false;
            }
            waiting.remove();
            cancelExpiry();
            active++;
            peak = Math.max(peak, active);
            keepAlive = head.keepAlive();
            expiresAt = later(keepAlive);
            head.exchange().atEnd(this::release);
            head.granted().withSlot(System.nanoTime() - head.askedNanos());
            return true;
        }

        private void release() {
            active--;
            expiresAt = later(keepAlive);
            serve();
        }

        private void leave(Need need) {
            waiting.remove(need);
            if (state instanceof State.Loading(Need by, long timer) && by.equals(need)) {
                vertx.cancelTimer(timer);
                state = COLD;
            }
            serve();
        }

        private void restIfIdle() {
            if (active > 0 || !waiting.isEmpty() || !(state instanceof State.Warm)) {
                return;
            }
            cancelExpiry();
            if (keepAlive.none()) {
                state = COLD;
            } else if (!keepAlive.forever()) {
                expiry = vertx.setTimer(Math.max(1, keepAlive.duration().toMillis()), fired -> {
                    state = COLD;
                    expiry = -1;
                });
            }
        }

        private void cancelExpiry() {
            if (expiry >= 0) {
                vertx.cancelTimer(expiry);
                expiry = -1;
            }
        }

        private static Instant later(KeepAlive keepAlive) {
            return Instant.now().plus(keepAlive.duration());
        }
    }
}
