package org.ollamaorchestrator.agent.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

/**
 * The only class that knows Ollama's paths. It always calls Ollama directly, never through a proxy, and follows no
 * redirect. To be used on one event-loop context.
 */
public final class OllamaClient {

    private static final int CONNECT_MILLIS_MAX = 5_000;

    /** A listing is small, and even a busy Ollama answers it at once. */
    private static final Duration LISTING_TIME_MAX = Duration.ofSeconds(5);

    /** An Ollama that generates or loads answers this all the same: only one that hangs takes so long. */
    private static final Duration PULSE_TIME_MAX = Duration.ofSeconds(3);

    /** For what takes no slot: the probe's three listings at once, a change of models that lasts, and what is shown. */
    private static final int CONNECTIONS_BESIDE_JOBS = 6;

    private static final int OK = 200;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final Vertx vertx;
    private final URI url;
    private final HttpClient http;
    private final HttpClient pulses;

    public OllamaClient(Vertx vertx, URI url, int slots) {
        this.vertx = vertx;
        this.url = url;
        // A request may wait for hours without a byte, so there is no idle timeout: the gateway's deadline and cancel
        // end it.
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setSsl("https".equals(url.getScheme()))
                .setConnectTimeout(CONNECT_MILLIS_MAX)
                .setTcpNoDelay(true)
                // A job's call is followed by whoever runs the job; listings are nobody's request.
                .setTracingPolicy(TracingPolicy.IGNORE)
                .setDecompressionSupported(false);
        http = vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(slots + CONNECTIONS_BESIDE_JOBS));
        // A pulse never waits for a connection that others use, nor finds one that Ollama has closed meanwhile.
        pulses = vertx.createHttpClient(
                new HttpClientOptions(options).setKeepAlive(false), new PoolOptions().setHttp1MaxSize(1));
    }

    /** Runs one job's request; the body goes to Ollama as it is. */
    public OllamaCall run(Operation operation, Buffer body, CallTrace trace, OllamaCall.Listener listener) {
        RequestOptions request =
                request(methodOf(operation), pathOf(operation, body)).putHeader("Content-Type", "application/json");
        trace.calls(methodOf(operation).name(), request.getHost(), request.getPort(), request.getURI())
                .ifPresent(traceparent -> request.putHeader("traceparent", traceparent));
        return OllamaCall.start(vertx, http, request, body, operation.lastLine(), trace, listener);
    }

    Future<JsonNode> version() {
        return ask(request(HttpMethod.GET, "/api/version"), Buffer.buffer());
    }

    Future<JsonNode> models() {
        return ask(request(HttpMethod.GET, "/api/tags"), Buffer.buffer());
    }

    Future<JsonNode> loadedModels() {
        return ask(request(HttpMethod.GET, "/api/ps"), Buffer.buffer());
    }

    /** Whether Ollama answers at all: fails within seconds if it hangs. */
    Future<JsonNode> pulse() {
        return pulses.request(request(HttpMethod.GET, "/api/ps").setTimeout(PULSE_TIME_MAX.toMillis()))
                .compose(HttpClientRequest::send)
                .compose(OllamaClient::read)
                .timeout(PULSE_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS);
    }

    Future<JsonNode> show(ModelName model) {
        Buffer body = Buffer.buffer(
                JSON.createObjectNode().put("model", model.written()).toString());
        return ask(request(HttpMethod.POST, "/api/show").putHeader("Content-Type", "application/json"), body);
    }

    /** Reads text that was written from a tree before. */
    static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException("our own JSON cannot be read", e);
        }
    }

    /** Only the gateway knows what a model is loaded for, and its request shows it. */
    private static String pathOf(Operation operation, Buffer body) {
        return switch (operation) {
            case CHAT -> "/api/chat";
            case GENERATE -> "/api/generate";
            case LOAD -> hasInput(body) ? "/api/embed" : "/api/generate";
            case EMBED -> "/api/embed";
            case EMBEDDINGS -> "/api/embeddings";
            case SHOW -> "/api/show";
            case PULL -> "/api/pull";
            case DELETE -> "/api/delete";
            case COPY -> "/api/copy";
            case CREATE -> "/api/create";
            case PUSH -> "/api/push";
        };
    }

    private static HttpMethod methodOf(Operation operation) {
        return operation == Operation.DELETE ? HttpMethod.DELETE : HttpMethod.POST;
    }

    /** What cannot be read is Ollama's to refuse. */
    private static boolean hasInput(Buffer body) {
        try {
            return JSON.readTree(body.toString(UTF_8)).has("input");
        } catch (IOException e) {
            return false;
        }
    }

    private RequestOptions request(HttpMethod method, String path) {
        String before = url.getRawPath() == null ? "" : url.getRawPath().replaceFirst("/+$", "");
        int standardPort = "https".equals(url.getScheme()) ? 443 : 80;
        return new RequestOptions()
                .setMethod(method)
                .setHost(url.getHost())
                .setPort(url.getPort() < 0 ? standardPort : url.getPort())
                .setURI(before + path)
                .setFollowRedirects(false);
    }

    private Future<JsonNode> ask(RequestOptions request, Buffer body) {
        request.setTimeout(LISTING_TIME_MAX.toMillis());
        return http.request(request).compose(asked -> asked.send(body)).compose(OllamaClient::read);
    }

    private static Future<JsonNode> read(HttpClientResponse response) {
        return response.body().compose(body -> {
            if (response.statusCode() != OK) {
                return Future.failedFuture("status " + response.statusCode());
            }
            try {
                return Future.succeededFuture(JSON.readTree(body.toString(UTF_8)));
            } catch (IOException e) {
                return Future.failedFuture("its answer is not JSON");
            }
        });
    }
}
