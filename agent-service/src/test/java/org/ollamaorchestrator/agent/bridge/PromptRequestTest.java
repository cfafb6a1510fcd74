package org.ollamaorchestrator.agent.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.RawJson;

class PromptRequestTest {

    @Test
    void parameters_are_merged_in_with_the_last_word_and_their_numbers_as_written() {
        PromptJob job = new PromptJob(
                new JobId("j"),
                new ModelName("m"),
                "p\"",
                new RawJson("{\"system\":\"s\",\"x\":1.00,\"prompt\":\"q\"}"));

        assertThat(PromptRequest.body(job))
                .isEqualTo("{\"model\":\"m\",\"prompt\":\"q\",\"stream\":true,\"system\":\"s\",\"x\":1.00}");
    }

    @Test
    void ollamas_own_error_text_is_told() {
        assertThat(PromptRequest.errorText(new JobFailure.OllamaAnswered(404, null, "{\"error\":\"no\"}")))
                .isEqualTo("no");
        assertThat(PromptRequest.errorText(new JobFailure.OllamaAnswered(405, null, "405 method not allowed")))
                .isEqualTo("Ollama answered with status 405");
    }
}
