package org.ollamaorchestrator.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** Calls of a gateway's API. Whatever goes wrong is one sentence and an exit code; no answer is taken beyond a bound. */
final class GatewayCalls {

    private static final Duration TO_CONNECT = Duration.ofSeconds(5);
    private static final Duration TO_ANSWER = Duration.ofSeconds(30);
    private static final long ANSWER_BYTES_MAX = 64L << 20;

    private static final int OK = 200;
    private static final int BEYOND_SUCCESS = 300;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int UNAVAILABLE = 503;

    static final ObjectMapper JSON = new ObjectMapper();

    private final URI base;
    private final Optional<String> key;
    private final HttpClient http;

    /** @param trust whom to trust; empty for whom the JVM trusts */
    GatewayCalls(URI base, Optional<String> key, Optional<SSLContext> trust) {
        this.base = base;
        this.key = key;
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(TO_CONNECT);
        trust.ifPresent(client::sslContext);
        this.http = client.build();
    }

    /** A name as a segment of a path. */
    static String segment(String name) {
        return URLEncoder.encode(name, UTF_8).replace("+", "%20");
    }

    JsonNode get(String path) {
        return send("GET", path, Optional.empty(), Set.of());
    }

    /** The same for health, whose 503 is an answer as well. */
    JsonNode getHealth(String path) {
        return send("GET", path, Optional.empty(), Set.of(UNAVAILABLE));
    }

    JsonNode post(String path) {
        return send("POST", path, Optional.empty(), Set.of());
    }

    JsonNode post(String path, JsonNode body) {
        return send("POST", path, Optional.of(body), Set.of());
    }

    void delete(String path) {
        var _ = send("DELETE", path, Optional.empty(), Set.of());
    }

    private JsonNode send(String method, String path, Optional<JsonNode> body, Set<Integer> alsoAnswers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(TO_ANSWER)
                .header("Accept", "application/json")
                .method(
                        method,
                        body.map(json -> HttpRequest.BodyPublishers.ofString(json.toString()))
                                .orElseGet(HttpRequest.BodyPublishers::noBody));
        body.ifPresent(json -> request.header("Content-Type", "application/json"));
        key.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        HttpResponse<byte[]> response = exchanged(request.build());
        int status = response.statusCode();
        boolean answered = (status >= OK && status < BEYOND_SUCCESS) || alsoAnswers.contains(status);
        if (!answered) {
            throw refused(status, tree(response.body()));
        }
        return tree(response.body())
                .orElseThrow(() -> new CommandFailedException(
                        ExitCode.UNREACHABLE, base + " answers, but not as a gateway does; check --url"));
    }

    private HttpResponse<byte[]> exchanged(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        } catch (SSLException e) {
            throw unreachable("does not prove to be who it is (" + e.getMessage()
                    + "); if its certificate is of a CA of your own, name that by --cacert");
        } catch (HttpConnectTimeoutException e) {
            throw unreachable("was not reached within " + TO_CONNECT.toSeconds() + " s");
        } catch (HttpTimeoutException e) {
            throw unreachable("did not answer within " + TO_ANSWER.toSeconds() + " s");
        } catch (ConnectException e) {
            throw unreachable("cannot be reached; is the gateway started, and is --url right?");
        } catch (IOException e) {
            throw unreachable("broke off: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailedException.failed("interrupted");
        }
    }

    private CommandFailedException unreachable(String what) {
        return new CommandFailedException(ExitCode.UNREACHABLE, base + " " + what);
    }

    private CommandFailedException refused(int status, Optional<JsonNode> body) {
        if (status == UNAUTHORIZED && key.isEmpty()) {
            return new CommandFailedException(
                    ExitCode.NOT_ALLOWED,
                    "the gateway wants an API key: set ORCHESTRATOR_KEY, or name a file that has it by --key-file");
        }
        ExitCode code = status == UNAUTHORIZED || status == FORBIDDEN ? ExitCode.NOT_ALLOWED : ExitCode.FAILED;
        return new CommandFailedException(code, reason(status, body.orElseGet(MissingNode::getInstance)));
    }

    /** What the gateway says, in any of its APIs' forms. */
    private static String reason(int status, JsonNode body) {
        JsonNode error = body.path("error");
        String said = error.isTextual() ? error.asText() : error.path("message").asText();
        return said.isBlank() ? "the gateway answered " + status : Table.shown(said);
    }

    /** Empty if it is not JSON. Nothing at all is an answer too: that of a call which only does. */
    private static Optional<JsonNode> tree(byte[] body) {
        if (body.length == 0) {
            return Optional.of(MissingNode.getInstance());
        }
        try {
            return Optional.of(JSON.readTree(new String(body, UTF_8)));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
