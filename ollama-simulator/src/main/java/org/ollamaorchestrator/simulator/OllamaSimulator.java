package org.ollamaorchestrator.simulator;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * An Ollama that does as it is told. It listens on a real port and answers as Ollama v0.32.15 does on the wire; what it
 * says, how fast, and where it breaks is up to the {@link Script} of each request.
 *
 * <p>A request's script is, in this order: the one in its own {@code options.simulator}; the next one {@linkplain
 * #enqueue enqueued}; the one {@linkplain #script set for its model}; the {@linkplain #byDefault default}. Scripts are
 * not merged.
 *
 * <p>Every method may be called from any thread. All state belongs to one event loop, so a method that asks for
 * something sees a moment at which nothing else happens.
 */
public final class OllamaSimulator implements AutoCloseable {
    /** Go's http.DefaultMaxHeaderBytes. */
    private static final int HEADER_BYTES_MAX = 1 << 20;

    private final Vertx vertx;
    private final Context loop;
    private final String host;
    private final AllowedCallers callers;
    private final ModelShelf shelf;
    private final ScriptBook scripts = new ScriptBook();
    private final Journal journal;
    private final OllamaApi ollama;
    private final ControlApi control;
    private volatile HttpServer server;
    private final int port;

    private OllamaSimulator(SimulatorOptions options) {
        // One event loop owns everything; it is why no class here has a lock.
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        loop = vertx.getOrCreateContext();
        host = options.host();
        callers = new AllowedCallers(host);
        shelf = new ModelShelf(vertx, options.parallel(), options.queueMax());
        options.models().forEach(shelf::add);
        journal = new Journal(options.observedMax());
        Registry registry = new Registry();
        ollama = new OllamaApi(vertx, shelf, scripts, new ModelChanges(shelf, registry), options.version());
        control = new ControlApi(shelf, scripts, registry, journal);
        try {
            server = listen(options.port());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        port = server.actualPort();
    }

    /** Starts on a free loopback port with {@link SimulatorOptions#defaults()}. */
    public static OllamaSimulator start() {
        return start(SimulatorOptions.defaults());
    }

    /** Starts, and returns when it listens. */
    public static OllamaSimulator start(SimulatorOptions options) {
        return new OllamaSimulator(options);
    }

    /** Without a slash at the end. */
    public String url() {
        return "http://" + host + ":" + port;
    }

    public int port() {
        return port;
    }

    /** Answers the next request for words or vectors with this script; several stand in line. */
    public void enqueue(Script script) {
        onLoop(() -> scripts.enqueue(script));
    }

    /** Answers this model's requests with this script from now on. */
    public void script(String model, Script script) {
        onLoop(() -> scripts.put(model, script));
    }

    /** Answers requests for which there is no other script with this one from now on. */
    public void byDefault(Script script) {
        onLoop(() -> scripts.standard(script));
    }

    /** Adds the model, or replaces the one of that name by a cold one. */
    public void addModel(SimulatedModel model) {
        onLoop(() -> shelf.add(model));
    }

    /** Whether there was such a model. Its running requests are served to their end. */
    @CanIgnoreReturnValue
    public boolean removeModel(String name) {
        return fromLoop(() -> shelf.remove(name));
    }

    /** Everything seen so far, in order of arrival. */
    public List<Observed> requests() {
        return fromLoop(journal::snapshot);
    }

    /** Forgets the requests that have ended. */
    public void forgetRequests() {
        onLoop(journal::forget);
    }

    /**
     * Waits for a request that is as wanted: one seen already, or one that becomes so at any change of its phase or its
     * count of tokens. The predicate is tested on the event loop and must not wait.
     *
     * @throws AssertionError when there was none in that time; it lists what there was
     */
    @CanIgnoreReturnValue
    public Observed awaitRequest(Predicate<Observed> wanted, Duration within) {
        CompletableFuture<Observed> found = fromLoop(() -> journal.await(wanted));
        try {
            return found.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            onLoop(() -> journal.giveUp(found));
            throw new AssertionError("no such request within " + within + "; seen: " + requests(), e);
        } catch (ExecutionException e) {
            throw new AssertionError("the predicate failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a request", e);
        }
    }

    /** Requests for a model that wait or are being answered now. */
    public int activeRequests() {
        return fromLoop(() ->
                (int) journal.running().stream().filter(Exchange::inference).count());
    }

    /** The most slots of the model that were taken at one time. */
    public int peakActive(String model) {
        return fromLoop(() -> shelf.peak(model));
    }

    /** Stops as Ollama stops: live connections end without a 0-chunk, new ones are refused, models are forgotten. */
    public void pauseListening() {
        onLoop(() -> {
            // The latest first: otherwise each end would give its slot to one that waits, which would still be
            // answered.
            journal.running().reversed().forEach(Exchange::cutWithServer);
            shelf.unloadAll();
        });
        await(server.close());
    }

    /** Listens again on the same port. */
    public void resumeListening() {
        server = listen(port);
    }

    /** Cuts what is running and frees the port. */
    @Override
    public void close() {
        await(vertx.close());
    }

    private HttpServer listen(int wantedPort) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(wantedPort)
                .setMaxHeaderSize(HEADER_BYTES_MAX)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true);
        HttpServer starting = vertx.createHttpServer(options).requestHandler(this::read);
        CompletableFuture<HttpServer> listening = new CompletableFuture<>();
        loop.runOnContext(now -> starting.listen().onComplete(result -> pass(result, listening)));
        return join(listening);
    }

    private void read(HttpServerRequest request) {
        Instant receivedAt = Instant.now();
        // A client that leaves before its request is whole has asked for nothing.
        request.body().onSuccess(body -> handle(request, body, receivedAt));
    }

    private void handle(HttpServerRequest request, Buffer body, Instant receivedAt) {
        if (!callers.allows(request)) {
            exchange(request, body, receivedAt).send(403, null, Buffer.buffer(), Outcome.FAILED);
        } else if (Objects.requireNonNullElse(request.path(), "").startsWith(ControlApi.PREFIX)) {
            control.handle(request, body);
        } else {
            ollama.handle(exchange(request, body, receivedAt));
        }
    }

    private Exchange exchange(HttpServerRequest request, Buffer body, Instant receivedAt) {
        Exchange exchange = new Exchange(vertx, journal, request, body, receivedAt);
        journal.add(exchange);
        return exchange;
    }

    private void onLoop(Runnable action) {
        Object done = fromLoop(() -> {
            action.run();
            return action;
        });
        Objects.requireNonNull(done);
    }

    private <T> T fromLoop(Supplier<T> question) {
        if (loop.equals(Vertx.currentContext())) {
            // A predicate or a test's callback that asks while the loop runs it must not wait for the loop.
            return question.get();
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.runOnContext(now -> {
            try {
                answer.complete(question.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return join(answer);
    }

    private static <T> void pass(AsyncResult<T> result, CompletableFuture<T> to) {
        if (result.succeeded()) {
            to.complete(result.result());
        } else {
            to.completeExceptionally(result.cause());
        }
    }

    private static void await(Future<Void> future) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        future.onComplete(result -> pass(result, done));
        join(done);
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
