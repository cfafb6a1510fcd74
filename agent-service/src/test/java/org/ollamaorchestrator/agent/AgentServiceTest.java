package org.ollamaorchestrator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.agent.box.Box;
import org.ollamaorchestrator.agent.connection.GatewayAddress;
import org.ollamaorchestrator.agent.connection.LinkState;
import org.ollamaorchestrator.agent.connection.Proxies;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Activity;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV1;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.AgentMessage.Token;
import org.ollamaorchestrator.protocol.GatewayMessage.Ack;
import org.ollamaorchestrator.protocol.GatewayMessage.Cancel;
import org.ollamaorchestrator.protocol.GatewayMessage.Drain;
import org.ollamaorchestrator.protocol.GatewayMessage.JobPart;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobErrorCode;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.Room;
import org.ollamaorchestrator.simulator.Observed;
import org.ollamaorchestrator.simulator.Outcome;
import org.ollamaorchestrator.simulator.Phase;
import org.ollamaorchestrator.simulator.Script;
import org.ollamaorchestrator.simulator.SimulatedModel;

/** A whole agent between a gateway that is scripted and an Ollama that is. */
@QuarkusTest
class AgentServiceTest extends AgentGround {

    private static final long MEBIBYTE = 1024 * 1024;

    @Test
    void an_agent_registers_with_all_it_knows() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 2);

            RegisterV2 register = gateway.registered(1).awaitOne(RegisterV2.class, any -> true);
            assertThat(register.agentId()).isEqualTo(new AgentId("me"));
            assertThat(register.slots()).isEqualTo(2);
            assertThat(register.labels()).containsEntry("gpu", "none");
            assertThat(register.resuming()).isEmpty();
            assertThat(register.ollamaVersion()).isNotBlank();
            assertThat(register.catalog()).hasSize(2);
            await().atMost(BOUND).until(() -> agents.getFirst().linkState() instanceof LinkState.Open);
        }
    }

    @Test
    void an_agent_tells_what_room_its_machine_has_and_tells_again_when_models_change_it(@TempDir Path machine)
            throws Exception {
        Path nvidiaSmi = machine.resolve("nvidia-smi");
        Path gpus = Files.writeString(machine.resolve("gpus"), "24564, 24000\n24564, 20000\n");
        Files.writeString(nvidiaSmi, "#!/bin/sh\ncat '" + gpus + "'\n");
        assertThat(nvidiaSmi.toFile().setExecutable(true)).isTrue();
        box = new Box(true, List.of(machine), Optional.empty(), nvidiaSmi.toString(), machine);
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            awaitRoom(connection, room -> Long.valueOf(44000 * MEBIBYTE).equals(room.vramFree()));

            Room told = room(connection).orElseThrow();
            assertThat(told.vramTotal()).isEqualTo(2 * 24564 * MEBIBYTE);
            assertThat(told.diskTotal()).isEqualTo(Files.getFileStore(machine).getTotalSpace());
            assertThat(told.diskFree()).isBetween(0L, told.diskTotal());
            Files.writeString(gpus, "24564, 24000\n24564, [N/A]\n");
            connection.chat("j1", CHAT);
            awaitRoom(connection, room -> room.vramFree() == null && room.vramTotal() != null);
        }
    }

    @Test
    void each_line_of_a_chat_arrives_exactly_as_ollama_wrote_it_and_then_its_end() {
        ollama.enqueue(Script.saying("Hé", "<b>", "\ud83d\ude00 \"quoted\"\n"));
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(4);
            assertThat(connection.lines("j1")).hasSize(4);
            assertThat(connection.lines("j1").get(0)).contains("\"content\":\"Hé\"");
            assertThat(connection.lines("j1").get(1)).contains("\\u003cb\\u003e");
            assertThat(connection.lines("j1").get(2)).contains("\ud83d\ude00 \\\"quoted\\\"\\n");
            assertThat(connection.lines("j1").get(3)).contains("\"done\":true");
            Observed request = requests("/api/chat").getFirst();
            assertThat(request.body()).isEqualTo(CHAT);
            assertThat(request.headers())
                    .containsEntry("Content-Type", "application/json")
                    .containsEntry("Host", "127.0.0.1:" + ollama.port())
                    .doesNotContainKey("Origin");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64})
    void lines_are_the_same_however_the_network_cuts_them(int splitBytes) {
        ollama.enqueue(Script.builder()
                .tokens("äöü", "\ud83d\ude00\ud83d\ude00", "z")
                .splitBytes(splitBytes)
                .build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(4);
            assertThat(connection.lines("j1").get(1)).contains("\"content\":\"\ud83d\ude00\ud83d\ude00\"");
        }
    }

    @Test
    void a_body_that_is_not_streamed_is_one_line() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT.replace("{\"model\"", "{\"stream\":false,\"model\""));

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(1);
            assertThat(connection.lines("j1")).singleElement().asString().contains("\"done\":true");
        }
    }

    @Test
    void an_error_status_travels_with_its_body_unchanged() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT.replace("simulated", "nope"));

            JobError error = connection.failed("j1");
            assertThat(error.code()).isEqualTo("model_not_found");
            assertThat(error.status()).isEqualTo(404);
            assertThat(error.contentType()).startsWith("application/json");
            assertThat(error.body()).isEqualTo("{\"error\":\"model 'nope' not found\"}");
            assertThat(connection.lines("j1")).isEmpty();
        }
    }

    @Test
    void an_error_line_is_sent_as_a_line_and_ends_the_job() {
        ollama.enqueue(Script.builder().count(5).failAfter(2).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            JobError error = connection.failed("j1");
            assertThat(error.code()).isEqualTo("ollama_error");
            assertThat(error.retryable()).isFalse();
            assertThat(connection.lines("j1")).hasSize(3);
            assertThat(connection.lines("j1").get(2)).contains(error.error());
        }
    }

    @ParameterizedTest
    @CsvSource({"cut, 2", "reset, 2", "cut, 0"})
    void an_answer_that_breaks_off_never_looks_complete(String how, int after) {
        Script.Builder script = Script.builder().count(5).paceMs(1);
        ollama.enqueue((how.equals("cut") ? script.cutAfter(after) : script.resetAfter(after)).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.failed("j1").code()).isEqualTo(after == 0 ? "ollama_unreachable" : "ollama_error");
            assertThat(connection.failed("j1").retryable()).isEqualTo(after == 0);
            connection.chat("j2", CHAT);
            connection.completed("j2");
        }
    }

    @ParameterizedTest
    @CsvSource({"true, PREFILL", "false, STREAMING"})
    void a_cancel_closes_the_connection_to_ollama_whatever_the_job_is_at(boolean beforeFirstToken, Phase phase) {
        ollama.enqueue(Script.builder()
                .count(100_000)
                .paceMs(5)
                .firstTokenMs(beforeFirstToken ? 600_000 : 0)
                .build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            connection.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == phase, BOUND);

            connection.say(new Cancel(new JobId("j1")));

            assertThat(connection.failed("j1").code()).isEqualTo("cancelled");
            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            connection.chat("j2", CHAT);
            connection.completed("j2");
            connection.say(new Cancel(new JobId("j2")));
            connection.say(new Cancel(new JobId("never")));
            connection.failed("never");
            assertThat(connection.heard(JobError.class)).hasSize(2);
        }
    }

    @Test
    void a_job_too_many_is_refused_and_a_second_of_the_same_id_does_not_touch_the_first() {
        ollama.enqueue(Script.builder().tokens("a", "b").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);
            connection.chat("j1", CHAT);
            connection.chat("j2", CHAT);

            assertThat(connection.failed("j1").code()).isEqualTo("bad_request");
            assertThat(connection.failed("j2").code()).isEqualTo("no_slot");
            assertThat(connection.failed("j2").retryable()).isTrue();
            assertThat(connection.completed("j1").lastSeq()).isEqualTo(3);
        }
    }

    @Test
    void an_operation_that_is_not_of_the_closed_set_is_refused() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.say(new OllamaJob(
                    new JobId("j1"), new ModelName("m"), "../api/delete", new RawJson("{}"), null, null, null));

            assertThat(connection.failed("j1").code()).isEqualTo("bad_request");
            assertThat(requests("/api/delete")).isEmpty();
        }
    }

    @Test
    void what_the_agents_owner_does_not_allow_is_told_at_registration_and_refused_before_it_reaches_ollama() {
        operations = Set.of(Operation.EMBED, Operation.SHOW);
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            FakeGateway.Connection connection = gateway.registered(1);
            RegisterV2 register = connection.awaitOne(RegisterV2.class, any -> true);

            connection.chat("j1", CHAT);

            assertThat(register.operations()).containsExactly("embed", "show");
            JobError refused = connection.failed("j1");
            assertThat(refused.code()).isEqualTo(JobErrorCode.BAD_REQUEST.wireName());
            assertThat(refused.error()).isEqualTo("the owner of this agent does not allow the operation chat");
            assertThat(requests("/api/chat")).isEmpty();
        }
    }

    @Test
    void a_job_past_its_deadline_is_ended_at_ollama() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.say(new OllamaJob(
                    new JobId("j1"), new ModelName("simulated"), "chat", new RawJson(CHAT), null, 100L, null));

            assertThat(connection.failed("j1").code()).isEqualTo("deadline");
            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
        }
    }

    @Test
    void a_request_in_parts_reaches_ollama_whole() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            JobId id = new JobId("j1");

            connection.say(new OllamaJob(id, new ModelName("simulated"), "chat", null, 2, null, null));
            connection.say(new JobPart(id, 0, CHAT.substring(0, 20)));
            connection.chat("j2", CHAT);
            connection.say(new JobPart(id, 1, CHAT.substring(20)));

            connection.completed("j1");
            assertThat(connection.failed("j2").code()).isEqualTo("no_slot");
            assertThat(requests("/api/chat").getFirst().body()).isEqualTo(CHAT);
        }
    }

    @Test
    void parts_out_of_order_end_the_job() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            JobId id = new JobId("j1");

            connection.say(new OllamaJob(id, new ModelName("simulated"), "chat", null, 2, null, null));
            connection.say(new JobPart(id, 1, "x"));

            assertThat(connection.failed("j1").code()).isEqualTo("bad_request");
            connection.chat("j2", CHAT);
            connection.completed("j2");
        }
    }

    @Test
    void no_more_lines_than_the_window_come_until_some_are_acknowledged() {
        ollama.enqueue(Script.builder().count(50).paceMs(1).build());
        try (FakeGateway gateway = FakeGateway.withTerms(5_000, 10, 1024 * 1024)) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.tokensSent() == 50, BOUND);
            await().atMost(BOUND).until(() -> connection.lines("j1").size() == 10);
            assertThat(connection.heard(AgentMessage.JobComplete.class)).isEmpty();
            connection.say(new Ack(new JobId("j1"), 4));
            await().atMost(BOUND).until(() -> connection.lines("j1").size() == 14);
            connection.say(new Ack(new JobId("j1"), 14));
            await().atMost(BOUND).until(() -> connection.lines("j1").size() == 24);
            for (int acked = 24; acked < 51; acked += 10) {
                int sent = Math.min(acked, 51);
                await().atMost(BOUND).until(() -> connection.lines("j1").size() == sent);
                connection.say(new Ack(new JobId("j1"), sent));
            }

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(51);
            assertThat(connection.lines("j1")).hasSize(51);
        }
    }

    @Test
    void a_line_too_long_for_a_frame_comes_in_parts() {
        ollama.enqueue(Script.builder().tokens("a", "b").lineBytes(300_000).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(3);
            assertThat(connection.lines("j1").getFirst()).hasSize(299_999);
            assertThat(connection.greatestFrame()).isLessThanOrEqualTo(64 * 1024);
        }
    }

    @Test
    void many_lines_at_once_stay_exact_and_in_order() {
        ollama.enqueue(Script.counting(20_000));
        try (FakeGateway gateway = FakeGateway.withTerms(5_000, 1_000_000, 1_000_000_000)) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            assertThat(connection.completed("j1").lastSeq()).isEqualTo(20_001);
            List<String> lines = connection.lines("j1");
            assertThat(lines).hasSize(20_001);
            assertThat(lines.get(19_999)).contains("\"content\":\"19999 \"");
            assertThat(connection.greatestFrame()).isLessThanOrEqualTo(64 * 1024);
        }
    }

    @Test
    void only_the_configured_models_are_offered() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(settings(gateway.url(), 1, List.of(new ModelName("simulated"))));

            await().atMost(BOUND)
                    .until(() -> knownModels(gateway.registered(1)).equals(List.of(new ModelName("simulated:latest"))));
        }
    }

    @Test
    void a_model_that_comes_or_goes_is_told() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            await().atMost(BOUND).until(() -> knownModels(connection).size() == 2);

            ollama.addModel(SimulatedModel.named("another"));

            await().atMost(BOUND).until(() -> knownModels(connection).contains(new ModelName("another")));
        }
    }

    @Test
    void an_ollama_that_goes_away_and_comes_back_is_told_and_jobs_meanwhile_can_go_elsewhere() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            await().atMost(BOUND).until(() -> agents.getFirst().ollama().up());

            ollama.pauseListening();
            connection.awaitOne(Status.class, status -> status.ollama() == OllamaState.DOWN);
            connection.chat("j1", CHAT);
            assertThat(connection.failed("j1").code()).isEqualTo("ollama_unreachable");
            assertThat(connection.failed("j1").retryable()).isTrue();
            ollama.resumeListening();

            await().atMost(BOUND).until(() -> agents.getFirst().ollama().up());
            connection.chat("j2", CHAT);
            connection.completed("j2");
        }
    }

    @Test
    void the_version_of_an_ollama_that_starts_after_its_agent_is_told_with_its_models() {
        ollama.pauseListening();
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            assertThat(connection.awaitOne(RegisterV2.class, register -> true).ollamaVersion())
                    .isNull();

            ollama.resumeListening();

            Status told = connection.awaitOne(Status.class, status -> status.catalog() != null);
            assertThat(told.ollamaVersion()).isNotBlank();
        }
    }

    @Test
    void an_agent_whose_connection_drops_ends_its_jobs_at_ollama_and_comes_back() {
        ollama.enqueue(Script.builder().hang(true).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var first = gateway.registered(1);
            first.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);

            first.drop();

            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
            var second = gateway.registered(2);
            second.chat("j2", CHAT);
            second.completed("j2");
            assertThat(second.heard(JobError.class)).isEmpty();
        }
    }

    @Test
    void a_gateway_that_is_away_is_found_when_it_is_back() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            gateway.stopListening();
            Agent agent = start(gateway, 1);
            await().atMost(BOUND).until(() -> agent.linkState() instanceof LinkState.Waiting);

            gateway.listenAgain();

            gateway.registered(1);
        }
    }

    @Test
    void a_gateway_that_falls_silent_is_dropped() {
        try (FakeGateway gateway = FakeGateway.withTerms(50, 256, 1024 * 1024)) {
            start(gateway, 1);

            gateway.registered(1).deafen();

            gateway.registered(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"'not json', 1007", "'{\"type\":\"job\"}', 1008", "'{\"type\":\"cancel\",\"jobId\":3}', 1008"})
    void a_malformed_message_closes_the_connection_with_its_code(String frame, int code) {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.sayRaw(frame);

            assertThat(connection.closeCode()).isEqualTo(code);
            gateway.registered(2);
        }
    }

    @Test
    void a_binary_frame_closes_the_connection_and_an_unknown_type_does_not() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            connection.sayRaw("{\"type\":\"of_a_later_version\"}");
            connection.chat("j1", CHAT);
            connection.completed("j1");
            connection.sayBinary();

            assertThat(connection.closeCode()).isEqualTo(1003);
        }
    }

    @Test
    void a_gateway_that_drains_gets_its_jobs_ends_and_is_left_alone_for_a_while() {
        ollama.enqueue(Script.builder().tokens("a").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 2);
            var connection = gateway.registered(1);
            connection.chat("j1", CHAT);

            connection.say(new Drain(1));
            connection.chat("j2", CHAT);

            assertThat(connection.failed("j2").code()).isEqualTo("draining");
            connection.completed("j1");
            assertThat(connection.closeCode()).isEqualTo(1000);
            gateway.registered(2);
        }
    }

    @Test
    void how_many_jobs_run_is_told_of_those_that_take_their_time() {
        ollama.enqueue(Script.builder().tokens("a").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 2);
            var connection = gateway.registered(1);

            connection.chat("j1", CHAT);

            connection.awaitOne(
                    Status.class,
                    status -> status.status() == Activity.BUSY
                            && Integer.valueOf(1).equals(status.active()));
            connection.completed("j1");
            connection.awaitOne(
                    Status.class,
                    status -> status.status() == Activity.IDLE
                            && Integer.valueOf(0).equals(status.active()));
        }
    }

    @Test
    void an_agent_that_is_stopped_lets_its_jobs_end_and_takes_no_more() {
        ollama.enqueue(Script.builder().tokens("a").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 2);
            var connection = gateway.registered(1);
            connection.chat("j1", CHAT);
            connection.awaitOne(Status.class, status -> status.status() == Activity.BUSY);

            var stopped = agent.stop();
            connection.awaitOne(Status.class, status -> Boolean.TRUE.equals(status.draining()));
            connection.chat("j2", CHAT);

            assertThat(connection.failed("j2").code()).isEqualTo("draining");
            connection.completed("j1");
            assertThat(connection.closeCode()).isEqualTo(1001);
            await().atMost(BOUND).until(stopped::isDone);
        }
    }

    @Test
    void an_agent_is_stopped_though_its_gateway_ends_the_connection_without_an_answer_to_the_close() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 1);
            gateway.registered(1).deafen();

            var stopped = agent.stop();

            await().atMost(BOUND).until(stopped::isDone);
        }
    }

    @Test
    void what_still_runs_when_the_time_for_a_stop_is_over_is_ended_and_told() {
        ollama.enqueue(Script.builder().hang(true).build());
        ollama.script("another", Script.builder().count(5).stallAfter(2).build());
        ollama.addModel(SimulatedModel.named("another"));
        drainTimeout = Duration.ofMillis(300);
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 2);
            var connection = gateway.registered(1);
            connection.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);
            connection.chat("j2", CHAT.replace("simulated", "another"));
            await().atMost(BOUND).until(() -> connection.lines("j2").size() == 2);

            var stopped = agent.stop();

            assertThat(connection.failed("j1").code()).isEqualTo("draining");
            assertThat(connection.failed("j1").retryable()).isTrue();
            assertThat(connection.failed("j2").code()).isEqualTo("ollama_error");
            assertThat(connection.failed("j2").retryable()).isFalse();
            assertThat(connection.closeCode()).isEqualTo(1001);
            await().atMost(BOUND).until(stopped::isDone);
            await().atMost(BOUND).until(() -> ollama.activeRequests() == 0);
        }
    }

    @Test
    void an_operators_drain_refuses_new_jobs_and_can_be_taken_back() {
        ollama.enqueue(Script.builder().tokens("a").firstTokenMs(300).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 2);
            var connection = gateway.registered(1);
            connection.chat("j1", CHAT);
            connection.awaitOne(Status.class, status -> status.status() == Activity.BUSY);

            agent.drain(true).join();
            assertThat(agent.draining()).isTrue();
            connection.awaitOne(Status.class, status -> Boolean.TRUE.equals(status.draining()));
            connection.chat("j2", CHAT);
            assertThat(connection.failed("j2").code()).isEqualTo("draining");
            connection.completed("j1");
            agent.drain(false).join();

            connection.awaitOne(Status.class, status -> Boolean.FALSE.equals(status.draining()));
            connection.chat("j3", CHAT);
            connection.completed("j3");
            assertThat(gateway.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_drain_that_an_operator_asked_for_is_told_to_the_next_connection_as_well() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            Agent agent = start(gateway, 1);
            agent.drain(true).join();
            gateway.registered(1).cut();

            gateway.registered(2).awaitOne(Status.class, status -> Boolean.TRUE.equals(status.draining()));
        }
    }

    @Test
    void a_load_takes_a_slot_and_is_complete_at_the_end_of_its_body() {
        ollama.script("simulated", Script.builder().loadMs(200).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            load(connection, "j1", "{\"model\":\"simulated\",\"keep_alive\":\"5m\"}");
            connection.chat("j2", CHAT);

            assertThat(connection.failed("j2").code()).isEqualTo("no_slot");
            assertThat(connection.completed("j1").lastSeq()).isEqualTo(1);
            assertThat(requests("/api/generate")).hasSize(1);
            connection.awaitOne(
                    Status.class,
                    status -> status.loaded() != null && status.loaded().size() == 1);
        }
    }

    @Test
    void a_load_that_is_cancelled_is_ended_at_ollama() {
        ollama.script("simulated", Script.builder().loadMs(600_000).build());
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            load(connection, "j1", "{\"model\":\"simulated\"}");
            ollama.awaitRequest(seen -> seen.phase() == Phase.LOADING, BOUND);

            connection.say(new Cancel(new JobId("j1")));

            assertThat(connection.failed("j1").code()).isEqualTo("cancelled");
            ollama.awaitRequest(seen -> seen.outcome() == Outcome.CLIENT_LEFT, BOUND);
        }
    }

    @Test
    void a_load_that_is_not_json_is_ollamas_to_refuse() {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            JobId id = new JobId("j1");

            connection.say(new OllamaJob(id, new ModelName("simulated"), "load", null, 1, null, null));
            connection.say(new JobPart(id, 0, "{\"model\":"));

            assertThat(connection.failed("j1").status()).isEqualTo(400);
            connection.chat("j2", CHAT);
            connection.completed("j2");
        }
    }

    @Test
    void an_ollama_that_hangs_when_its_agent_starts_does_not_keep_it_from_its_gateway() {
        try (FreezingWire wire = new FreezingWire(ollama.port());
                FakeGateway gateway = FakeGateway.ofVersion2()) {
            ollamaUrl = Optional.of(wire.url());
            wire.freeze();
            start(gateway, 1);
            var connection = gateway.registered(1);
            assertThat(connection.awaitOne(RegisterV2.class, any -> true).catalog())
                    .isEmpty();
            connection.awaitOne(Status.class, status -> status.ollama() == OllamaState.DOWN);

            wire.thaw();

            connection.awaitOne(
                    Status.class,
                    status -> status.catalog() != null && !status.catalog().isEmpty());
        }
    }

    @Test
    void an_ollama_that_hangs_while_a_job_waits_for_its_first_line_is_told_as_down_and_then_as_up() {
        ollama.enqueue(Script.builder().hang(true).build());
        // No look of its own falls into the test.
        ollamaPoll = Duration.ofHours(1);
        try (FreezingWire wire = new FreezingWire(ollama.port());
                FakeGateway gateway = FakeGateway.ofVersion2()) {
            ollamaUrl = Optional.of(wire.url());
            Agent agent = start(gateway, 1);
            var connection = gateway.registered(1);
            await().atMost(BOUND).until(() -> agent.ollama().up());
            connection.chat("j1", CHAT);
            ollama.awaitRequest(seen -> seen.phase() == Phase.HANGING, BOUND);
            // A slow job is not a hanging Ollama: it answers.
            ollama.awaitRequest(seen -> seen.path().equals("/api/ps") && seen.sequence() > 5, BOUND);
            assertThat(agent.ollama().up()).isTrue();

            wire.freeze();
            connection.awaitOne(Status.class, status -> status.ollama() == OllamaState.DOWN);
            wire.thaw();

            connection.awaitOne(Status.class, status -> status.ollama() == OllamaState.UP);
            connection.say(new Cancel(new JobId("j1")));
            connection.failed("j1");
        }
    }

    @ParameterizedTest
    @CsvSource({"'', secret, 'Bearer secret'", "agent:t0ken@, '', 'Basic agent:t0ken'"})
    void credentials_go_into_the_header(String userInfo, String token, String expected) {
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            String url = "ws://" + userInfo + "127.0.0.1:" + gateway.port() + "/agents";
            GatewayAddress address = GatewayAddress.of(url, Optional.of(token).filter(text -> !text.isEmpty()));
            start(settings(address, Proxies.none(), 1, List.of()));

            String header = gateway.registered(1).header("Authorization").orElseThrow();
            String shown = header.startsWith("Basic ")
                    ? "Basic " + new String(Base64.getDecoder().decode(header.substring(6)), UTF_8)
                    : header;
            assertThat(shown).isEqualTo(expected);
        }
    }

    @Test
    void the_way_to_the_gateway_can_lead_through_a_proxy() {
        Vertx own = Vertx.vertx();
        List<String> asked = new CopyOnWriteArrayList<>();
        try (FakeGateway gateway = FakeGateway.ofVersion2()) {
            NetClient onward = own.createNetClient();
            HttpServer proxy = FakeGateway.join(own.createHttpServer()
                    .requestHandler(request -> {
                        asked.add(request.method() + " " + request.uri() + " "
                                + request.getHeader("Proxy-Authorization"));
                        onward.connect(gateway.port(), "127.0.0.1")
                                .onSuccess(there -> request.toNetSocket().onSuccess(here -> {
                                    here.pipeTo(there);
                                    there.pipeTo(here);
                                }));
                    })
                    .listen(0, "127.0.0.1"));
            Proxies proxies = Proxies.of(Map.of("HTTP_PROXY", "http://me:pw@127.0.0.1:" + proxy.actualPort()));
            start(settings(GatewayAddress.of("ws://gateway.invalid:81", Optional.empty()), proxies, 1, List.of()));

            gateway.registered(1);
            assertThat(asked)
                    .first()
                    .isEqualTo("CONNECT gateway.invalid:81 Basic "
                            + Base64.getEncoder().encodeToString("me:pw".getBytes(UTF_8)));
        } finally {
            FakeGateway.join(own.close());
        }
    }

    @Test
    void a_gateway_of_version_1_gets_tokens() {
        ollama.enqueue(Script.saying("Hello", " there"));
        try (FakeGateway gateway = FakeGateway.ofVersion1()) {
            start(gateway, 1);
            var connection = gateway.registered(1);
            assertThat(connection.awaitOne(RegisterV1.class, any -> true).models())
                    .extracting(ModelName::written)
                    .containsExactly("simulated:latest", "simulated", "simulated-embed:latest", "simulated-embed");

            connection.say(new PromptJob(
                    new JobId("j1"),
                    new ModelName("simulated"),
                    "Hi",
                    new RawJson("{\"options\":{\"temperature\":0.10}}")));

            connection.awaitOne(Status.class, status -> status.status() == Activity.IDLE);
            assertThat(connection.heard().subList(1, connection.heard().size()))
                    .containsExactly(
                            Status.of(Activity.BUSY),
                            new Token(new JobId("j1"), "Hello", false),
                            new Token(new JobId("j1"), " there", false),
                            new Token(new JobId("j1"), "", true),
                            new AgentMessage.JobComplete(new JobId("j1"), null),
                            Status.of(Activity.IDLE));
            assertThat(requests("/api/generate").getFirst().body())
                    .isEqualTo(
                            "{\"model\":\"simulated\",\"prompt\":\"Hi\",\"stream\":true,\"options\":{\"temperature\":0.10}}");
        }
    }

    @Test
    void a_gateway_of_version_1_gets_ollamas_own_error_text() {
        ollama.enqueue(Script.builder().count(3).failAfter(1).build());
        try (FakeGateway gateway = FakeGateway.ofVersion1()) {
            start(settings(gateway.url(), 1, List.of(new ModelName("simulated"))));
            var connection = gateway.registered(1);

            connection.say(new PromptJob(new JobId("j1"), new ModelName("simulated"), "Hi", null));
            assertThat(connection.failed("j1").error()).contains("error");
            connection.say(new PromptJob(new JobId("j2"), new ModelName("nope"), "Hi", null));

            JobError error = connection.failed("j2");
            assertThat(error)
                    .isEqualTo(new JobError(new JobId("j2"), "model 'nope' not found", null, null, null, null, null));
        }
    }

    @Test
    void a_gateway_of_version_1_is_told_of_a_new_model() {
        try (FakeGateway gateway = FakeGateway.ofVersion1()) {
            start(gateway, 1);
            var connection = gateway.registered(1);

            ollama.addModel(SimulatedModel.named("another"));

            connection.awaitOne(RegisterV1.class, register -> register.models().contains(new ModelName("another")));
        }
    }

    private static void load(FakeGateway.Connection connection, String jobId, String request) {
        connection.say(new OllamaJob(
                new JobId(jobId), new ModelName("simulated"), "load", new RawJson(request), null, null, null));
    }

    /** The catalog as the gateway knows it by now. */
    private static void awaitRoom(FakeGateway.Connection connection, Predicate<Room> expected) {
        await().atMost(BOUND).until(() -> room(connection).filter(expected).isPresent());
    }

    /** As it was told last. */
    private static Optional<Room> room(FakeGateway.Connection connection) {
        return connection.heard().stream()
                .map(message -> switch (message) {
                    case RegisterV2 register -> Optional.ofNullable(register.room());
                    case Status status -> Optional.ofNullable(status.room());
                    default -> Optional.<Room>empty();
                })
                .flatMap(Optional::stream)
                .reduce((before, later) -> later);
    }

    private static List<ModelName> knownModels(FakeGateway.Connection connection) {
        List<OllamaModel> known = List.of();
        for (AgentMessage message : connection.heard()) {
            if (message instanceof RegisterV2 register) {
                known = register.catalog();
            } else if (message instanceof Status status && status.catalog() != null) {
                known = status.catalog();
            }
        }
        return known.stream().map(OllamaModel::name).toList();
    }
}
