package org.ollamaorchestrator.agent;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's calls to the application's own agent. */
@QuarkusTest
class DrainRoutesTest {

    /** Below the folder of Quarkus' own routes. */
    @TestHTTPResource(management = true)
    URI management;

    @TestHTTPResource(value = "/drain")
    URI onTheMainPort;

    private URI drain;

    @BeforeEach
    void findDrain() {
        drain = management.resolve("/drain");
    }

    @AfterEach
    void takeJobsAgain() {
        operator().delete(drain).then().statusCode(200);
    }

    @Test
    void a_drain_is_told_begun_and_taken_back() {
        operator()
                .get(drain)
                .then()
                .statusCode(200)
                .contentType("application/json")
                .body("draining", equalTo(false))
                .body("active", equalTo(0));

        operator().post(drain).then().statusCode(200).body("draining", equalTo(true));
        operator().post(drain).then().statusCode(200).body("draining", equalTo(true));
        operator().get(drain).then().body("draining", equalTo(true));

        operator().delete(drain).then().statusCode(200).body("draining", equalTo(false));
        operator().get(drain).then().body("draining", equalTo(false));
    }

    @Test
    void a_web_page_may_not_call() {
        operator()
                .header("Origin", "http://localhost:9001")
                .post(drain)
                .then()
                .statusCode(403)
                .body("error", equalTo("web pages may not call this"));
        operator().header("Origin", "null").delete(drain).then().statusCode(403);

        operator().get(drain).then().body("draining", equalTo(false));
    }

    @Test
    void other_methods_and_paths_are_refused_in_json() {
        operator()
                .put(drain)
                .then()
                .statusCode(405)
                .header("Allow", "GET, POST, DELETE")
                .body("error", equalTo("there are GET, POST and DELETE"));
        operator()
                .get(drain.resolve("/other"))
                .then()
                .statusCode(404)
                .body("error", equalTo("there is only /drain here"));
        operator().get(drain.resolve("/q/health")).then().statusCode(404);
    }

    @Test
    void the_main_port_does_not_drain() {
        operator().post(onTheMainPort).then().statusCode(not(equalTo(200)));

        operator().get(drain).then().body("draining", equalTo(false));
    }

    private static RequestSpecification operator() {
        return given();
    }
}
