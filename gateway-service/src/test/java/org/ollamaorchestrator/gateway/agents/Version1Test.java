package org.ollamaorchestrator.gateway.agents;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.RawJson;

@NullMarked
class Version1Test {

    private static final ModelName TINY = new ModelName("tiny");

    @Test
    void one_message_is_the_prompt_and_the_rest_of_the_request_its_parameters() {
        PromptJob job = chat("""
                {"model":"tiny","stream":true,"messages":[{"role":"user","content":"Hi"}],
                 "options":{"temperature":0.10},"keep_alive":"5m"}""");

        assertThat(job.prompt()).isEqualTo("Hi");
        assertThat(job.parameters())
                .isEqualTo(new RawJson("{\"options\":{\"temperature\":0.10},\"keep_alive\":\"5m\"}"));
    }

    @Test
    void what_has_no_value_is_left_out_since_the_seeds_agent_dies_on_null() {
        assertThat(chat("{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")
                        .parameters())
                .isNull();
    }

    @Test
    void a_conversation_is_written_out_and_its_system_messages_become_a_parameter() {
        PromptJob job = chat("""
                {"model":"tiny","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},
                 {"role":"assistant","content":"Hello"},{"role":"user","content":"Why?"}]}""");

        assertThat(job.prompt()).isEqualTo("User: Hi\n\nAssistant: Hello\n\nUser: Why?\n\nAssistant:");
        assertThat(job.parameters()).isEqualTo(new RawJson("{\"system\":\"Be brief.\"}"));
    }

    @Test
    void a_prompt_stays_a_prompt() {
        var job = Version1.promptJob(new OutgoingJob(
                new JobId("j"),
                TINY,
                Operation.GENERATE,
                new RawJson("{\"prompt\":\"Hi\",\"raw\":true}"),
                Optional.empty(),
                Optional.empty()));

        assertThat(job.prompt()).isEqualTo("Hi");
        assertThat(job.parameters()).isEqualTo(new RawJson("{\"raw\":true}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"tools\":[{\"type\":\"function\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\",\"images\":[\"aGk=\"]}]}",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{}]}]}",
                "{\"messages\":[{\"role\":\"tool\",\"content\":\"7\"}]}"
            })
    void tools_and_images_cannot_be_said(String body) throws JsonProcessingException {
        assertThat(Version1.refusal(Operation.CHAT, new ObjectMapper().readTree(body), body))
                .isPresent();
    }

    @Test
    void nor_can_what_its_library_would_refuse() throws JsonProcessingException {
        var body = new ObjectMapper().readTree("{\"messages\":[]}");

        assertThat(Version1.refusal(Operation.CHAT, body, "é".repeat(ProtocolLimits.VERSION_1_JOB_BYTES_MAX / 2)))
                .isPresent();
        assertThat(Version1.refusal(Operation.CHAT, body, "e".repeat(ProtocolLimits.VERSION_1_JOB_BYTES_MAX / 2)))
                .isEmpty();
    }

    @Test
    void a_token_becomes_the_line_that_ollama_sends_for_it() {
        var at = Instant.parse("2026-11-22T14:33:34.5Z");

        assertThat(Version1.line(TINY, Operation.CHAT, " a\"b", false, at))
                .isEqualTo(
                        "{\"model\":\"tiny\",\"created_at\":\"2026-11-22T14:33:34.500Z\",\"message\":{\"role\":\"assistant\",\"content\":\" a\\\"b\"},\"done\":false}");
        assertThat(Version1.line(TINY, Operation.GENERATE, "", true, at))
                .isEqualTo(
                        "{\"model\":\"tiny\",\"created_at\":\"2026-11-22T14:33:34.500Z\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}");
    }

    private static PromptJob chat(String body) {
        return Version1.promptJob(new OutgoingJob(
                new JobId("j"), TINY, Operation.CHAT, new RawJson(body), Optional.empty(), Optional.empty()));
    }
}
