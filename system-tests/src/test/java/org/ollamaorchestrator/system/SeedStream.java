package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One answer in the seed's events, read one by one. */
final class SeedStream implements AutoCloseable {
    private static final String DATA = "data: ";

    private final HttpConnection connection;
    private @Nullable HttpAnswer answer;

    SeedStream(HttpConnection connection) {
        this.connection = connection;
    }

    /** @param arrivedNanos by {@link System#nanoTime()} */
    record Event(String data, long arrivedNanos) {
        boolean isDone() {
            return data.equals("[DONE]");
        }

        JsonNode json() {
            return Http.json(data);
        }

        String token() {
            return json().path("token").asText();
        }

        boolean isError() {
            return !isDone() && json().has("error");
        }
    }

    /** Everything that came, up to the end of the answer. */
    record Whole(List<Event> events, boolean endedProperly) {
        boolean isDone() {
            return !events.isEmpty() && events.getLast().isDone();
        }

        String text() {
            return events.stream()
                    .filter(event -> !event.isDone() && !event.isError())
                    .map(Event::token)
                    .collect(Collectors.joining());
        }

        /** The clear error with which it ended, and no {@code [DONE]}. */
        String error() {
            assertThat(events).isNotEmpty().noneMatch(Event::isDone);
            assertThat(events.getLast().isError())
                    .as("the last event is an error: %s", events.getLast().data())
                    .isTrue();
            return events.getLast().json().path("error").asText();
        }
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

    /** The next event, or nothing at the end of the answer. */
    Optional<Event> next() {
        for (Optional<String> line = answer().line(); line.isPresent(); line = answer().line()) {
            if (line.get().startsWith(DATA)) {
                return Optional.of(new Event(line.get().substring(DATA.length()), System.nanoTime()));
            }
        }
        return Optional.empty();
    }

    Event awaitNext() {
        return next().orElseThrow(() -> new AssertionError("the answer ended"));
    }

    /** Reads to the end. */
    Whole rest() {
        var events = new ArrayList<Event>();
        for (Optional<Event> event = next(); event.isPresent(); event = next()) {
            events.add(event.get());
        }
        return new Whole(events, answer().isWhole());
    }

    /** Reads an answer to the end that is expected to be whole. */
    String text() {
        Whole whole = rest();
        assertThat(status()).as("%s", whole).isEqualTo(200);
        assertThat(whole.isDone()).as("ends in [DONE]: %s", whole).isTrue();
        return whole.text();
    }

    /** Leaves by FIN. */
    void leave() {
        connection.close();
    }

    @Override
    public void close() {
        leave();
    }

    /** Leaves by RST. */
    void reset() {
        connection.reset();
    }
}
