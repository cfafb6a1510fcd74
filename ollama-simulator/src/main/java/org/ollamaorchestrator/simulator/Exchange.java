package org.ollamaorchestrator.simulator;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request from its last byte to its end, however that comes about. It ends exactly once; with it end its timer and
 * its hold on a model.
 */
final class Exchange {
    private static final DateTimeFormatter HTTP_DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH);
    /** What net/http gathers before it gives up on counting: longer bodies go out chunked. */
    private static final int COUNTED_BYTES_MAX = 2048;

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final Journal journal;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final String body;
    private final Instant receivedAt;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private long sequence;
    private @Nullable String model;
    private Phase phase = Phase.RECEIVED;
    private Outcome outcome = Outcome.RUNNING;
    private @Nullable Instant firstByteAt;
    private @Nullable Instant endedAt;
    private @Nullable Phase leftIn;
    private int tokensSent;
    private long timer = NO_TIMER;
    private Runnable atEnd = () -> {};

    Exchange(Vertx vertx, Journal journal, HttpServerRequest request, Buffer body, Instant receivedAt) {
        this.vertx = vertx;
        this.journal = journal;
        this.request = request;
        this.response = request.response();
        this.body = body.toString();
        this.receivedAt = receivedAt;
        request.headers()
                .forEach(entry -> headers.merge(
                        entry.getKey().toLowerCase(Locale.ROOT), entry.getValue(), (one, other) -> one + "," + other));
        // Called for FIN and RST alike, also before the answer has begun: netty keeps reading the socket.
        response.closeHandler(gone -> clientLeft());
        response.exceptionHandler(failed -> clientLeft());
    }

    void numbered(long number) {
        sequence = number;
    }

    String path() {
        return Objects.requireNonNullElse(request.path(), "");
    }

    String body() {
        return body;
    }

    HttpServerRequest request() {
        return request;
    }

    void concerns(String name) {
        model = name;
    }

    boolean ended() {
        return outcome.ended();
    }

    /** Whether it waits for a model or is being answered by one. */
    boolean inference() {
        return !ended() && phase != Phase.RECEIVED;
    }

    void enter(Phase next) {
        phase = next;
        outcome = switch (next) {
            case QUEUED -> Outcome.QUEUED;
            case LOADING -> Outcome.LOADING;
            case RECEIVED, PREFILL, STREAMING, STALLED, HANGING -> Outcome.RUNNING;
        };
        journal.changed(this);
    }

    /** What to give back when the request ends, however it ends. */
    void atEnd(Runnable release) {
        atEnd = release;
    }

    /** Runs {@code then} after that many milliseconds unless the request has ended by then; 0 is now. */
    void after(double millis, Runnable then) {
        cancelTimer();
        if (millis <= 0) {
            then.run();
            return;
        }
        timer = vertx.setTimer(Math.max(1, (long) Math.ceil(millis)), fired -> {
            timer = NO_TIMER;
            then.run();
        });
    }

    /** Answers at once and in whole. */
    void send(int status, @Nullable String contentType, Buffer content, Outcome how) {
        if (ended()) {
            return;
        }
        head(status, contentType);
        if (content.length() > COUNTED_BYTES_MAX && !request.method().equals(HttpMethod.HEAD)) {
            chunked();
        } else {
            response.putHeader("Content-Length", Integer.toString(content.length()));
        }
        firstByte();
        ending(how);
        if (request.method().equals(HttpMethod.HEAD)) {
            discard(response.end());
        } else {
            discard(response.end(content));
        }
    }

    void header(String name, String value) {
        response.putHeader(name, value);
    }

    /** Starts an answer that comes in lines; its head leaves together with the first of them. */
    void begin(int status, String contentType) {
        head(status, contentType);
        chunked();
    }

    /** One HTTP chunk, flushed. */
    Future<Void> write(Buffer chunk) {
        firstByte();
        return response.write(chunk);
    }

    /** Whether the client reads more slowly than it is written to. */
    boolean crowded() {
        return response.writeQueueFull();
    }

    void onRoom(Runnable then) {
        response.drainHandler(drained -> {
            if (!ended()) {
                then.run();
            }
        });
    }

    void counted(int tokens) {
        tokensSent += tokens;
        journal.changed(this);
    }

    /** The proper end of an answer in lines. */
    void finish(Outcome how) {
        ending(how);
        discard(response.end());
    }

    /** Closes the connection where it stands: no 0-chunk. */
    void cut() {
        ending(Outcome.CUT);
        discard(request.connection().close());
    }

    /** The same by RST. */
    void reset() {
        ending(Outcome.CUT);
        Wire.reset(request.connection());
    }

    void splitInto(int bytes) {
        Wire.split(request.connection(), bytes);
    }

    /** The connection is about to be closed by the simulator, not by the client. */
    void cutWithServer() {
        ending(Outcome.CUT);
    }

    Observed snapshot() {
        return new Observed(
                sequence,
                request.method().name(),
                path(),
                headers,
                body,
                model,
                receivedAt,
                firstByteAt,
                endedAt,
                phase,
                outcome,
                tokensSent,
                leftIn);
    }

    private void clientLeft() {
        if (ended()) {
            return;
        }
        leftIn = phase;
        ending(Outcome.CLIENT_LEFT);
    }

    private void ending(Outcome how) {
        if (ended()) {
            return;
        }
        outcome = how;
        endedAt = Instant.now();
        cancelTimer();
        atEnd.run();
        journal.changed(this);
    }

    private void cancelTimer() {
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }

    private void head(int status, @Nullable String contentType) {
        response.setStatusCode(status);
        if (contentType != null) {
            response.putHeader("Content-Type", contentType);
        }
        response.putHeader("Date", HTTP_DATE.format(Instant.now().atOffset(ZoneOffset.UTC)));
    }

    private void firstByte() {
        if (firstByteAt == null) {
            firstByteAt = Instant.now();
        }
    }

    private void chunked() {
        response.setChunked(true);
    }

    /** A write that fails has lost its client, and the close handler has told so already. */
    private static void discard(Future<Void> written) {
        written.onFailure(lost -> {});
    }
}
