package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/**
 * The gateway as the build left it: a jar, or a binary with the profile {@code native}. A request passes through every type
 * that a binary would lack if nobody had registered it.
 */
@QuarkusIntegrationTest
@WithTestResource(GatewayPackagedIT.FreePorts.class)
@NullMarked
class GatewayPackagedIT {

    /** What is packaged has the usual ports, which others may have. */
    public static final class FreePorts implements QuarkusTestResourceLifecycleManager {

        @Override
        public Map<String, String> start() {
            return Map.of("orchestrator.agents.port", "0", "quarkus.management.port", "0");
        }

        @Override
        public void stop() {}
    }

    private static final Vertx VERTX = Vertx.vertx();

    @TestHTTPResource
    URL url;

    @BeforeAll
    static void say_what_is_run() throws IOException {
        var artifact = new Properties();
        try (var properties = Files.newInputStream(Path.of("target", "quarkus-artifact.properties"))) {
            artifact.load(properties);
        }
        System.out.println(
                "GatewayPackagedIT runs the " + artifact.getProperty("type") + " " + artifact.getProperty("path"));
    }

    @AfterAll
    static void close() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void it_is_started_alive_and_ready() {
        for (String probe : new String[] {"started", "live", "ready"}) {
            given().get("/q/health/" + probe).then().statusCode(200).body("status", equalTo("UP"));
        }
    }

    @Test
    void a_request_is_answered_by_an_agent() {
        try (FakeAgent agent =
                        FakeAgent.connect(VERTX, url.getPort(), "/agents").registered("a", 1, "tiny:latest");
                SeedClient client = SeedClient.ask(url.getPort())) {
            OllamaJob job = agent.await(OllamaJob.class);
            agent.sayLines(job.jobId(), 1, SeedClient.token("a"), SeedClient.last());
            agent.say(new JobComplete(job.jobId(), 2L));

            assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"a\",\"done\":false}");
            assertThat(client.nextEvent()).isEqualTo("data: {\"token\":\"\",\"done\":true}");
            assertThat(client.nextEvent()).isEqualTo("data: [DONE]");
        }
    }

    @Test
    void every_dialect_lists_the_models_of_an_agent() {
        try (FakeAgent agent =
                FakeAgent.connect(VERTX, url.getPort(), "/agents").registered("b", 1, "tiny:latest")) {
            given().get("/v1/models").then().statusCode(200).body("data[0].id", equalTo("tiny:latest"));
            given().get("/api/tags").then().statusCode(200).body("models[0].name", equalTo("tiny:latest"));
            assertThat(agent).isNotNull();
        }
    }
}
