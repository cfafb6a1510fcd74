package org.ollamaorchestrator.agent.ollama;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.RequestOptions;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolLimits;

/**
 * One request to Ollama whose answer is wanted line by line. Everything happens on the context that started it; the
 * listener hears of exactly one end, and of nothing after it or after {@link #cancel}.
 */
public final class OllamaCall {

    /** How long a body may still last after the line that completed the answer: Ollama ends it at once. */
    private static final long TAIL_MILLIS_MAX = 1_000;

    private static final int OK = 200;

    /** Whom the answer is for. */
    public interface Listener {

        void line(OllamaLine line);

        /** The answer is whole. */
        void completed();

        void failed(JobFailure failure);
    }

    private final Vertx vertx;
    private final Operation.LastLine lastLine;
    private final CallTrace trace;
    private final Listener listener;
    private final NdjsonLines lines;
    private final Buffer errorBody = Buffer.buffer();
    private final Promise<Void> closed = Promise.promise();
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private @Nullable Runnable verdict;
    private long tailTimer = -1;
    private boolean firstLineRead;
    private boolean paused;
    private boolean ended;

    private OllamaCall(Vertx vertx, Operation.LastLine lastLine, CallTrace trace, Listener listener) {
        this.vertx = vertx;
        this.trace = trace;
        this.lastLine = lastLine;
        this.listener = listener;
        lines = new NdjsonLines(ProtocolLimits.LINE_BYTES_MAX, this::onLine);
    }

    /** @param lastLine by what the answer is known to be whole */
    static OllamaCall start(
            Vertx vertx,
            HttpClient http,
            RequestOptions options,
            Buffer body,
            Operation.LastLine lastLine,
            CallTrace trace,
            Listener listener) {
        OllamaCall call = new OllamaCall(vertx, lastLine, trace, listener);
        http.request(options).onComplete(result -> call.onConnected(result, body));
        return call;
    }

    /** Stops reading; what was read already may still come. */
    public void pause() {
        if (!paused) {
            paused = true;
            if (response != null && verdict == null) {
                response.pause();
            }
        }
    }

    public void resume() {
        if (paused) {
            paused = false;
            if (response != null) {
                response.resume();
            }
        }
    }

    /**
     * Closes the connection to Ollama at once, which ends the generation there, whatever phase it is in.
     *
     * @return completes when the connection is closed
     */
    public Future<Void> cancel() {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(tailTimer);
            if (request == null) {
                // Nothing was sent yet; a connection that still comes about is closed unused.
                closed.tryComplete();
            } else {
                close(request);
            }
        }
        return closed.future();
    }

    private void onConnected(AsyncResult<HttpClientRequest> result, Buffer body) {
        if (result.failed()) {
            closed.tryComplete();
            end(() -> listener.failed(OllamaFailures.unreachable(result.cause())));
            return;
        }
        HttpClientRequest connected = result.result();
        request = connected;
        if (ended) {
            close(connected);
        } else {
            connected.send(body).onComplete(this::onHead);
        }
    }

    private void onHead(AsyncResult<HttpClientResponse> result) {
        if (result.failed()) {
            end(() -> listener.failed(OllamaFailures.unreachable(result.cause())));
            return;
        }
        HttpClientResponse head = result.result();
        response = head;
        trace.answered(head.statusCode());
        if (head.statusCode() == OK) {
            head.handler(this::onBytes);
            head.endHandler(end -> onBodyEnd());
            head.exceptionHandler(this::onBodyBroken);
        } else {
            head.handler(this::onErrorBytes);
            head.endHandler(end -> onErrorBodyEnd(head));
            head.exceptionHandler(this::onBodyBroken);
        }
        if (paused) {
            head.pause();
        }
    }

    private void onBytes(Buffer bytes) {
        lines.feed(bytes);
        if (lines.tooLong() && verdict == null) {
            closeAndEnd(() -> listener.failed(OllamaFailures.lineTooLong()));
        }
    }

    private void onLine(String text, int bytes) {
        if (ended || verdict != null) {
            return;
        }
        OllamaLine line = OllamaLine.of(text, bytes);
        String error = line.error();
        if (lastLine != Operation.LastLine.ANY && error != null) {
            expectEnd(() -> listener.failed(OllamaFailures.errorLine(error)));
        } else if (isLast(line)) {
            expectEnd(listener::completed);
        }
        firstLineRead = true;
        listener.line(line);
    }

    private boolean isLast(OllamaLine line) {
        return switch (lastLine) {
            case DONE -> line.done();
            case SUCCESS -> line.success();
            case ANY -> false;
        };
    }

    /**
     * The answer is decided. Its connection can serve the next request if the body ends now, and is closed if not, so that
     * a body without an end keeps no slot.
     */
    private void expectEnd(Runnable decided) {
        verdict = decided;
        tailTimer = vertx.setTimer(TAIL_MILLIS_MAX, late -> closeAndEnd(decided));
        if (paused && response != null) {
            response.resume();
        }
    }

    private void onBodyEnd() {
        lines.end();
        if (verdict != null) {
            end(verdict);
        } else if (lines.tooLong()) {
            end(() -> listener.failed(OllamaFailures.lineTooLong()));
        } else if (lastLine != Operation.LastLine.ANY) {
            end(() -> listener.failed(OllamaFailures.endedEarly()));
        } else {
            end(listener::completed);
        }
    }

    /** The connection broke. The piece of a line that came last is not a line, and nobody ever sees it. */
    private void onBodyBroken(Throwable cause) {
        if (verdict != null) {
            end(verdict);
        } else if (firstLineRead) {
            end(() -> listener.failed(OllamaFailures.endedEarly()));
        } else {
            end(() -> listener.failed(OllamaFailures.unreachable(cause)));
        }
    }

    private void onErrorBytes(Buffer bytes) {
        errorBody.appendBuffer(bytes);
        if (errorBody.length() > OllamaFailures.BODY_BYTES_MAX && response != null) {
            int status = response.statusCode();
            closeAndEnd(() -> listener.failed(OllamaFailures.answered(status, null, errorBody)));
        }
    }

    private void onErrorBodyEnd(HttpClientResponse head) {
        end(() ->
                listener.failed(OllamaFailures.answered(head.statusCode(), head.getHeader("Content-Type"), errorBody)));
    }

    private void closeAndEnd(Runnable what) {
        if (!ended && request != null) {
            close(request);
        }
        end(what);
    }

    private void end(Runnable what) {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(tailTimer);
            closed.tryComplete();
            what.run();
        }
    }

    /** Never only the sending half: a half-closed request that waits for its turn hangs in Ollama for good. */
    private void close(HttpClientRequest open) {
        HttpConnection connection = open.connection();
        boolean begun = open.reset();
        connection.close().onComplete(gone -> closed.tryComplete());
        if (!begun) {
            closed.tryComplete();
        }
    }
}
