package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** An operator drains the gateway by its management port, and changes his mind. */
@QuarkusTest
@NullMarked
class DrainTest extends WithFakeAgents {

    @TestHTTPResource(management = true)
    URL management;

    private String drain = "";

    @BeforeEach
    void findTheCall() {
        drain = "http://localhost:" + management.getPort() + "/drain";
    }

    @AfterEach
    void takeBack() {
        given().delete(drain).then().statusCode(200);
    }

    @Test
    void new_requests_are_refused_what_runs_goes_on_and_it_can_be_taken_back() {
        FakeAgent agent = agent("a", 1, "tiny:latest");
        SeedClient running = client();
        OllamaJob job = agent.await(OllamaJob.class);

        given().post(drain)
                .then()
                .statusCode(200)
                .body("draining", equalTo(true))
                .body("running", equalTo(1));

        SeedClient refused = client();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.nextEvent()).contains("going away");
        agent.sayLines(job.jobId(), 1, SeedClient.last());
        agent.say(new JobComplete(job.jobId(), 1L));
        assertThat(running.nextEvent()).contains("\"done\":true");

        given().delete(drain).then().body("draining", equalTo(false)).body("running", equalTo(0));
        SeedClient next = client();
        agent.await(OllamaJob.class);
        next.close();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,true",
        "127.0.0.2,true",
        "::1,true",
        "10.0.0.1,false",
        "fe80::1,false",
        "::ffff:10.0.0.1,false"
    })
    void only_who_is_on_the_gateways_own_machine_may_drain_it(String caller, boolean may) {
        assertThat(DrainRoutes.isHere(SocketAddress.inetSocketAddress(new InetSocketAddress(caller, 1))))
                .isEqualTo(may);
    }

    @Test
    void a_web_page_may_not_drain_it() {
        given().header("Origin", "http://evil.example").post(drain).then().statusCode(403);

        given().get(drain).then().body("draining", equalTo(false));
    }

    @Test
    void other_methods_are_not_allowed() {
        given().put(drain).then().statusCode(405);
    }

    @Test
    void the_main_port_knows_no_such_call() {
        given().post("/drain").then().statusCode(404);
    }

    private SeedClient client() {
        return closedAfterwards(SeedClient.ask(url.getPort()));
    }
}
