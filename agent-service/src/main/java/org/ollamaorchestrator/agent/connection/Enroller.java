package org.ollamaorchestrator.agent.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges the enrolment token for a token of the agent's own, once, and has it kept before anybody uses it. If the answer
 * is lost, or cannot be kept, the exchange is repeated: until the agent has connected, the gateway lets it. To be used on
 * the agent's context only.
 */
final class Enroller {

    private static final Logger LOG = Logger.getLogger(Enroller.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Duration TIME_MAX = Duration.ofSeconds(10);
    private static final int ANSWER_BYTES_MAX = 16 * 1024;
    private static final int WHY_CHARACTERS_MAX = 200;
    private static final int CREATED = 201;

    private final Vertx vertx;
    private final GatewayAddress gateway;
    private final Proxies proxies;
    private final GatewayTls tls;
    private final Enrolment enrolment;
    private @Nullable String own;

    Enroller(Vertx vertx, GatewayAddress gateway, Proxies proxies, GatewayTls tls, Enrolment enrolment) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.proxies = proxies;
        this.tls = tls;
        this.enrolment = enrolment;
    }

    /** Fails with {@link EnrolmentRefused} if there is no use in trying again at once. */
    Future<String> ownToken() {
        return own != null ? Future.succeededFuture(own) : exchange().compose(this::keep);
    }

    private Future<String> exchange() {
        HttpClientOptions options = new HttpClientOptions()
                .setSsl(gateway.secure())
                .setKeepAlive(false)
                .setConnectTimeout((int) TIME_MAX.toMillis());
        if (gateway.secure()) {
            tls.secure(options);
            options.setVerifyHost(tls.verifiesHost());
        }
        proxies.onTheWayTo(gateway.base()).ifPresent(proxy -> options.setProxyOptions(proxy.options()));
        HttpClient http = vertx.createHttpClient(options);
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(gateway.base().getHost())
                .setPort(gateway.port())
                .setURI(gateway.enrolPath())
                .setFollowRedirects(false)
                .putHeader("Authorization", "Bearer " + enrolment.token());
        return http.request(request)
                .compose(HttpClientRequest::send)
                .compose(response -> bounded(response).compose(body -> read(response.statusCode(), body)))
                .timeout(TIME_MAX.toMillis(), TimeUnit.MILLISECONDS)
                .eventually(() -> http.close());
    }

    private static Future<String> bounded(HttpClientResponse response) {
        Buffer body = Buffer.buffer();
        Promise<String> whole = Promise.promise();
        response.handler(bytes -> {
            if (body.length() + bytes.length() > ANSWER_BYTES_MAX) {
                whole.tryFail("its answer to the enrolment is too long");
            } else {
                body.appendBuffer(bytes);
            }
        });
        response.exceptionHandler(whole::tryFail);
        response.endHandler(end -> whole.tryComplete(body.toString(UTF_8)));
        return whole.future();
    }

    private static Future<String> read(int status, String body) {
        JsonNode answer;
        try {
            answer = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            answer = JSON.missingNode();
        }
        String token = answer.path("token").asText();
        if (status == CREATED && !token.isBlank()) {
            return Future.succeededFuture(token);
        }
        if (status < 400 || status >= 500) {
            return Future.failedFuture("it could not enrol this agent (HTTP " + status + ")");
        }
        String why = answer.path("error").asText().replaceAll("\\p{Cntrl}", " ");
        return Future.failedFuture(
                new EnrolmentRefused(status, why.substring(0, Math.min(why.length(), WHY_CHARACTERS_MAX))));
    }

    private Future<String> keep(String token) {
        return vertx.executeBlocking(() -> kept(token)).map(done -> {
            own = token;
            LOG.infof("enrolled with the gateway %s; the agent has a token of its own", gateway);
            return token;
        });
    }

    /** Blocks. */
    private boolean kept(String token) throws IOException {
        try {
            enrolment.keeper().keep(token);
            return true;
        } catch (IOException e) {
            throw new IOException("the agent's own token cannot be kept: " + e.getMessage(), e);
        }
    }
}
