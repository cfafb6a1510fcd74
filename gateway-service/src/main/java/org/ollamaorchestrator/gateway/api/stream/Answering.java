package org.ollamaorchestrator.gateway.api.stream;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/**
 * A request and the form its client wants the answer in.
 *
 * @param headers besides those that the form brings
 */
public record Answering(JobRequest job, Form form, Map<String, String> headers) {

    public Answering {
        headers = Map.copyOf(headers);
    }

    /** The forms of an answer. */
    public sealed interface Form {}

    /** Server-sent events, as they come; a silence of Ollama's is filled. */
    record Events(EventDialect dialect) implements Form {}

    /** Ollama's own text, as it comes; there is nothing to fill a silence with. */
    record Lines(String contentType, EventDialect dialect) implements Form {}

    /** One JSON document, once the answer is whole. */
    record Whole(WholeAnswer answer) implements Form {}

    public static Answering inEvents(JobRequest job, EventDialect dialect) {
        return new Answering(job, new Events(dialect), Map.of());
    }

    /** @param contentType what Ollama says of such an answer */
    public static Answering inLines(JobRequest job, String contentType, EventDialect dialect) {
        return new Answering(job, new Lines(contentType, dialect), Map.of());
    }

    public static Answering inOnePiece(JobRequest job, WholeAnswer answer) {
        return new Answering(job, new Whole(answer), Map.of());
    }

    /** The same with headers of the dialect's own. */
    public Answering with(Map<String, String> more) {
        return new Answering(job, form, more);
    }

    /**
     * What keeps caches and proxies from holding back or changing a stream.
     *
     * @param http1 {@code Connection} is a header of HTTP/1 alone
     */
    Map<String, List<String>> allHeaders(boolean http1) {
        var all = new LinkedHashMap<String, List<String>>();
        switch (form) {
            case Events events -> {
                all.put("Content-Type", List.of("text/event-stream"));
                putUnbuffered(all);
                if (http1) {
                    all.put("Connection", List.of("keep-alive"));
                }
            }
            case Lines lines -> {
                all.put("Content-Type", List.of(lines.contentType()));
                putUnbuffered(all);
            }
            case Whole whole -> all.put("Content-Type", List.of("application/json"));
        }
        headers.forEach((name, value) -> all.put(name, List.of(value)));
        return all;
    }

    private static void putUnbuffered(Map<String, List<String>> headers) {
        headers.put("Cache-Control", List.of("no-cache, no-transform"));
        headers.put("X-Accel-Buffering", List.of("no"));
    }
}
