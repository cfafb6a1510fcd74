package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An agent that breaks the protocol loses its connection, its client gets an error, and nobody else notices. */
@SystemTest
class MalformedFramesIT {
    private static final int BINARY_FRAME = 1003;
    private static final int NOT_JSON = 1007;
    private static final int BAD_MESSAGE = 1008;

    @AutoClose
    private final Fleet fleet = Fleet.plan().start();

    /**
     * @param frame each character is one byte; {@code JOB} stands for the id of the agent's job
     * @param closeCode how the gateway closes the connection
     */
    record Bad(String what, int opcode, String frame, int closeCode) {
        static Bad text(String what, String frame, int closeCode) {
            return new Bad(what, RawAgent.TEXT, frame, closeCode);
        }

        byte[] bytes(String jobId) {
            return frame.replace("JOB", jobId).getBytes(ISO_8859_1);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Bad> badFrames() {
        return Stream.of(
                new Bad("a binary frame", RawAgent.BINARY, "123", BINARY_FRAME),
                Bad.text("bytes that are not UTF-8", "\"\u00C3(\"", NOT_JSON),
                Bad.text("a text that is not JSON", "hello", NOT_JSON),
                Bad.text("half an object", "{\"type\":\"chunk\",", NOT_JSON),
                Bad.text("null", "null", NOT_JSON),
                Bad.text("a list", "[1]", NOT_JSON),
                Bad.text("an empty frame", "", NOT_JSON),
                Bad.text("no type", "{\"jobId\":\"JOB\"}", BAD_MESSAGE),
                Bad.text("a type that is null", "{\"type\":null}", BAD_MESSAGE),
                Bad.text("a required field missing", "{\"type\":\"chunk\",\"jobId\":\"JOB\",\"seq\":2}", BAD_MESSAGE),
                Bad.text(
                        "null in a required field",
                        "{\"type\":\"chunk\",\"jobId\":\"JOB\",\"seq\":2,\"lines\":[null]}",
                        BAD_MESSAGE),
                Bad.text(
                        "a text where a number belongs",
                        "{\"type\":\"chunk\",\"jobId\":\"JOB\",\"seq\":\"2\",\"lines\":[\"{}\"]}",
                        BAD_MESSAGE),
                Bad.text("a number where a text belongs", "{\"type\":\"job_complete\",\"jobId\":7}", BAD_MESSAGE),
                Bad.text(
                        "a line left out",
                        "{\"type\":\"chunk\",\"jobId\":\"JOB\",\"seq\":3,\"lines\":[\"{}\"]}",
                        BAD_MESSAGE),
                Bad.text(
                        "two megabytes",
                        "{\"type\":\"heartbeat\",\"x\":\"" + "x".repeat(2_000_000) + "\"}",
                        RawAgent.NO_CLOSE_FRAME));
    }

    @ParameterizedTest
    @MethodSource("badFrames")
    void a_bad_frame_ends_its_own_connection_and_job_alone(Bad bad) {
        try (RawAgent agent = RawAgent.registered(fleet.gateway(), "raw", "raw-model");
                SeedStream unharmed = fleet.client()
                        .send(SeedRequest.to(Fleet.modelOf(0))
                                .saying("others")
                                .answeredBy("{\"count\":30,\"paceMs\":10}"));
                SeedStream client =
                        fleet.client().send(SeedRequest.to("raw-model").saying("hello"))) {
            assertThat(unharmed.awaitNext().token()).isEqualTo("0 ");
            String jobId = jobAnsweredWith("one ", agent, client);

            agent.frameThatMayBeRefused(bad.opcode(), bad.bytes(jobId));

            assertThat(agent.awaitClose()).isEqualTo(bad.closeCode());
            assertThat(client.rest().error()).contains("agent");
            assertThat(unharmed.text()).endsWith("28 29 ");
            fleet.gateway().awaitAgents(1);
        }
    }

    @Test
    void a_message_of_an_unknown_type_is_ignored() {
        try (RawAgent agent = RawAgent.registered(fleet.gateway(), "raw", "raw-model");
                SeedStream client =
                        fleet.client().send(SeedRequest.to("raw-model").saying("hello"))) {
            String jobId = jobAnsweredWith("one ", agent, client);

            agent.text("{\"type\":\"from_the_future\",\"jobId\":{\"of\":\"another\"}}");
            agent.text("{\"type\":\"from_the_future\"}");
            agent.token(jobId, 2, "two");
            agent.end(jobId, 3);

            assertThat(client.text()).isEqualTo("two");
        }
        fleet.gateway().awaitAgents(1);
    }

    private static String jobAnsweredWith(String token, RawAgent agent, SeedStream client) {
        JsonNode job = agent.awaitMessage("job");
        String jobId = job.path("jobId").asText();
        agent.token(jobId, 1, token);
        assertThat(client.awaitNext().token()).isEqualTo(token);
        return jobId;
    }
}
