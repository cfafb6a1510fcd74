package org.ollamaorchestrator.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;

/** The live stream of a gateway that asks nobody for a key, and the jobs that it tells of. */
@QuarkusTest
@NullMarked
class LiveEventsTest extends WithFakeAgents {

    @Test
    void a_viewer_sees_the_fleet_as_it_is_and_then_each_change_of_it() {
        agent("anna", 2, "tiny:latest");
        LiveReader viewer = closedAfterwards(new LiveReader(url.getPort(), ""));

        assertThat(viewer.await(event -> event.startsWith("snapshot")))
                .contains("\"name\":\"anna\"")
                .contains("\"slots\":2")
                .contains("\"models\":[\"tiny:latest\"]");

        FakeAgent bert = agent("bert", 1, "tiny:latest");
        assertThat(viewer.await(event -> event.contains("bert")))
                .startsWith("change")
                .doesNotContain("anna\",\"order");

        bert.close();
        assertThat(viewer.await(event -> event.contains("gone"))).contains("\"gone\":[\"bert\"]");
    }

    @Test
    void what_room_a_machine_has_is_told_when_it_changes() {
        FakeAgent anna = agent("anna", 2, "tiny:latest");
        LiveReader viewer = closedAfterwards(new LiveReader(url.getPort(), ""));
        assertThat(viewer.await(event -> event.startsWith("snapshot"))).doesNotContain("\"room\"");

        anna.say("{\"type\":\"status\",\"status\":\"idle\",\"room\":{\"diskTotal\":500,\"diskFree\":120}}");
        assertThat(viewer.await(event -> event.contains("room")))
                .startsWith("change")
                .contains("\"room\":{\"diskTotal\":500,\"diskFree\":120}");

        anna.say("{\"type\":\"status\",\"status\":\"idle\",\"room\":{}}");
        assertThat(viewer.await(event -> event.contains("\"room\":null"))).startsWith("change");
    }

    @Test
    void what_runs_and_what_waits_is_told_and_ended_by_its_request_id() {
        FakeAgent agent = agent("anna", 1, "tiny:latest");
        LiveReader viewer = closedAfterwards(new LiveReader(url.getPort(), ""));
        SeedClient running = closedAfterwards(SeedClient.ask(url.getPort()));
        OllamaJob job = agent.await(OllamaJob.class);
        var _ = viewer.await(event -> event.contains("\"agent\":\"anna\""));
        closedAfterwards(SeedClient.ask(url.getPort()));
        assertThat(viewer.await(event -> event.contains("\"state\":\"waiting\"")))
                .contains("\"order\":1");

        String requestId = given().get("/api/jobs").then().extract().path("jobs[0].requestId");
        given().delete("/api/jobs/" + requestId).then().statusCode(204);

        assertThat(agent.await(Cancel.class).jobId()).isEqualTo(job.jobId());
        assertThat(running.status()).isEqualTo(408);
        given().delete("/api/jobs/" + requestId)
                .then()
                .statusCode(404)
                .body("error", containsString("no such request"));
    }

    @Test
    void without_a_place_to_keep_it_there_is_no_usage_and_the_answer_says_what_to_set() {
        given().get("/api/usage").then().statusCode(409).body("error", containsString("orchestrator.data-dir"));
    }

    @Test
    void nobody_holds_an_agent_without_an_administrators_key() {
        agent("anna", 1, "tiny:latest");

        given().post("/api/admin/agents/anna/drain").then().statusCode(403);

        given().get("/api/agents").then().body("agents[0].notUsedBecause", equalTo(null));
    }
}
