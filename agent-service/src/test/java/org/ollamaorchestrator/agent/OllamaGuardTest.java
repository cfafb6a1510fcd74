package org.ollamaorchestrator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An agent calls the Ollama that its owner has configured, and nobody else, whatever it is told. */
@QuarkusTest
class OllamaGuardTest extends AgentGround {

    private final List<HttpServerRequest> elsewhere = new CopyOnWriteArrayList<>();
    private final List<HttpServerRequest> asked = new CopyOnWriteArrayList<>();
    private HttpServer other;
    private HttpServer redirecting;

    @BeforeEach
    void anOllamaThatSendsOneElsewhere() {
        other = FakeGateway.join(vertx.createHttpServer()
                .requestHandler(request -> {
                    elsewhere.add(request);
                    request.response().end("{}");
                })
                .listen(0, "127.0.0.1"));
        redirecting = FakeGateway.join(vertx.createHttpServer()
                .requestHandler(request -> {
                    if (request.path().equals("/api/chat")) {
                        asked.add(request);
                    }
                    request.response()
                            .setStatusCode(307)
                            .putHeader("Location", "http://127.0.0.1:" + other.actualPort() + request.uri())
                            .end("moved");
                })
                .listen(0, "127.0.0.1"));
        ollamaUrl = Optional.of(URI.create("http://127.0.0.1:" + redirecting.actualPort()));
    }

    @AfterEach
    void stopBoth() {
        FakeGateway.join(redirecting.close());
        FakeGateway.join(other.close());
    }

    @Test
    void no_redirect_is_followed_and_the_head_of_a_request_is_the_agents_own() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            FakeGateway.Connection connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.failed("j1").status()).isEqualTo(307);
            assertThat(elsewhere).isEmpty();
            assertThat(asked).singleElement().satisfies(request -> {
                assertThat(request.headers().names().stream().map(name -> name.toLowerCase(Locale.ROOT)))
                        .containsExactlyInAnyOrder("host", "content-type", "content-length");
                assertThat(request.getHeader("Host")).isEqualTo("127.0.0.1:" + redirecting.actualPort());
            });
        }
    }
}
