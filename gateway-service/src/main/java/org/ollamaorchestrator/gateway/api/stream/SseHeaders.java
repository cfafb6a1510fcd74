package org.ollamaorchestrator.gateway.api.stream;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What keeps caches and proxies from holding back or changing a stream of events. */
final class SseHeaders {

    private SseHeaders() {}

    /** @param http1 {@code Connection} is a header of HTTP/1 alone */
    static Map<String, List<String>> of(boolean http1) {
        var headers = new LinkedHashMap<String, List<String>>();
        headers.put("Content-Type", List.of("text/event-stream"));
        headers.put("Cache-Control", List.of("no-cache, no-transform"));
        headers.put("X-Accel-Buffering", List.of("no"));
        if (http1) {
            headers.put("Connection", List.of("keep-alive"));
        }
        return headers;
    }
}
