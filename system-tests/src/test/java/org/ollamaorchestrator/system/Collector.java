package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Takes spans as OpenTelemetry's collectors do, by OTLP over HTTP, and keeps them. */
final class Collector implements AutoCloseable {
    private static final int NO_DELAY = 0;
    private static final int OK = 200;
    private static final int EMPTY = -1;

    private final HttpServer server;
    private final List<Exported> spans = new CopyOnWriteArrayList<>();
    private final List<byte[]> bodies = new CopyOnWriteArrayList<>();

    /**
     * One span.
     *
     * @param service who exported it
     */
    record Exported(String service, Span span) {
        String name() {
            return span.getName();
        }

        String trace() {
            return HexFormat.of().formatHex(span.getTraceId().toByteArray());
        }

        String id() {
            return HexFormat.of().formatHex(span.getSpanId().toByteArray());
        }

        String parent() {
            return HexFormat.of().formatHex(span.getParentSpanId().toByteArray());
        }

        Map<String, String> attributes() {
            return span.getAttributesList().stream()
                    .collect(Collectors.toMap(
                            attribute -> attribute.getKey(),
                            attribute -> attribute.getValue().hasIntValue()
                                    ? Long.toString(attribute.getValue().getIntValue())
                                    : attribute.getValue().getStringValue()));
        }
    }

    private Collector(HttpServer server) {
        this.server = server;
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    static Collector start() {
        try {
            return new Collector(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), NO_DELAY));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void take(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        bodies.add(body);
        ExportTraceServiceRequest.parseFrom(body).getResourceSpansList().forEach(resource -> {
            String service = resource.getResource().getAttributesList().stream()
                    .filter(attribute -> attribute.getKey().equals("service.name"))
                    .map(attribute -> attribute.getValue().getStringValue())
                    .collect(Collectors.joining());
            resource.getScopeSpansList()
                    .forEach(scope -> scope.getSpansList().forEach(span -> spans.add(new Exported(service, span))));
        });
        exchange.sendResponseHeaders(OK, EMPTY);
        exchange.close();
    }

    List<Exported> spansOf(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    List<Exported> all() {
        return List.copyOf(spans);
    }

    /** Whether the text is anywhere in what was sent here. */
    boolean hasSeen(String text) {
        String bytes = new String(text.getBytes(UTF_8), ISO_8859_1);
        return bodies.stream().anyMatch(body -> new String(body, ISO_8859_1).contains(bytes));
    }

    @Override
    public void close() {
        server.stop(NO_DELAY);
    }
}
