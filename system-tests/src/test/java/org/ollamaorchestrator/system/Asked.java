package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One request that was sent, and its answer as it comes. */
final class Asked implements AutoCloseable {
    private final Manner manner;
    private final HttpConnection connection;
    private final long sentNanos = System.nanoTime();
    private @Nullable HttpAnswer answer;

    private Asked(Manner manner, HttpConnection connection) {
        this.manner = manner;
        this.connection = connection;
    }

    /** A request in the making. */
    static final class Question {
        private final Manner manner;
        private final ObjectNode body;
        private final Map<String, String> headers =
                new LinkedHashMap<>(Map.of("Content-Type", "application/json", "Connection", "close"));

        private Question(Manner manner, ObjectNode body) {
            this.manner = manner;
            this.body = body;
        }

        @CanIgnoreReturnValue
        Question answeredBy(String script) {
            body.set("options", Manner.scripted(script));
            return this;
        }

        @CanIgnoreReturnValue
        Question header(String name, String value) {
            headers.put(name, value);
            return this;
        }

        Asked of(Gateway gateway) {
            HttpConnection connection = HttpConnection.to(gateway.port());
            connection.request("POST", manner.path(), headers, body.toString().getBytes(UTF_8));
            return new Asked(manner, connection);
        }
    }

    static Question question(Manner manner, String model, String text) {
        return new Question(manner, manner.asking(model, text));
    }

    Manner manner() {
        return manner;
    }

    /** The head of the answer; waits for it. */
    HttpAnswer answer() {
        HttpAnswer known = answer;
        if (known == null) {
            known = connection.answer();
            answer = known;
        }
        return known;
    }

    int status() {
        return answer().status();
    }

    /** A next line of the body that is not empty. */
    String awaitLine() {
        for (Optional<String> line = answer().line(); line.isPresent(); line = answer().line()) {
            if (!line.get().isBlank()) {
                return line.get();
            }
        }
        throw new AssertionError("the answer ended");
    }

    /** Reads an answer to the end that is expected to be whole. */
    String words() {
        int status = status();
        String body = answer().text();
        assertThat(status).as("%s", body).isEqualTo(200);
        assertThat(answer().isWhole()).as("whole: %s", body).isTrue();
        return manner.words(body);
    }

    /** Reads a refusal: before the first word, in its dialect's form. Says how many milliseconds it took. */
    long assertRefusedWith(int status) {
        assertThat(status()).isEqualTo(status);
        String body = answer().text();
        manner.assertRefused(body, status);
        return Figures.millisSince(sentNanos);
    }

    /** Leaves by FIN. */
    void leave() {
        connection.close();
    }

    @Override
    public void close() {
        leave();
    }
}
