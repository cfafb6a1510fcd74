package org.ollamaorchestrator.gateway.api.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class SeedTranslatorTest {

    @Test
    void the_whole_conversation_reaches_ollama_and_parameters_are_merged() throws JsonProcessingException {
        JobRequest job = translated("""
                {"model":"tiny","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},
                 {"role":"user","content":"Why?","images":["aGk="]}],
                 "parameters":{"options":{"num_predict":5},"keep_alive":"5m","think":false}}""");

        assertThat(job.model()).isEqualTo(new ModelName("tiny"));
        assertThat(job.operation()).isEqualTo(Operation.CHAT);
        assertThat(job.body().text())
                .isEqualTo(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"},{\"role\":\"user\",\"content\":\"Why?\",\"images\":[\"aGk=\"]}],\"stream\":true,\"options\":{\"num_predict\":5},\"keep_alive\":\"5m\",\"think\":false}");
        assertThat(job.version2Because()).isPresent();
    }

    @Test
    void a_system_parameter_becomes_the_first_message() throws JsonProcessingException {
        JobRequest job = translated(
                "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"parameters\":{\"system\":\"Be brief.\"}}");

        assertThat(job.body().text())
                .isEqualTo(
                        "{\"model\":\"tiny\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}");
    }

    @Test
    void fields_that_the_seed_does_not_have_are_named() throws JsonProcessingException {
        assertThat(SeedTranslator.ignored(json("{\"model\":\"a\",\"messages\":[],\"stream\":true,\"user\":\"x\"}")))
                .containsExactly("stream", "user");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                                                      | model is missing
            {"model":null}                                                                          | model is not a text
            {"model":7}                                                                             | model is not a text
            {"model":" "}                                                                           | model is blank
            {"model":"a"}                                                                           | messages is missing
            {"model":"a","messages":{}}                                                             | messages is not a list
            {"model":"a","messages":[]}                                                             | messages is empty
            {"model":"a","messages":["x"]}                                                          | messages[0] is not an object
            {"model":"a","messages":[{"content":"x"}]}                                              | messages[0].role is missing
            {"model":"a","messages":[{"role":"user","content":"x"},{"role":"user","content":7}]}    | messages[1].content is not a text
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":[]}                | parameters is not an object
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"model":"b"}}     | parameters.model
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"messages":[]}}   | parameters.messages
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"prompt":"b"}}    | parameters.prompt
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"stream":false}}  | parameters.stream
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"template":"b"}}  | parameters.template
            {"model":"a","messages":[{"role":"user","content":"x"}],"parameters":{"system":7}}      | parameters.system is not a text
            """)
    void a_field_at_fault_is_named(String request, String error) {
        assertThatThrownBy(() -> translated(request))
                .isInstanceOf(ClientErrorException.class)
                .hasMessageContaining(error);
    }

    private static JobRequest translated(String request) throws JsonProcessingException {
        return SeedTranslator.translate(json(request), new ModelAliases(Map.of(), false));
    }

    private static ObjectNode json(String text) throws JsonProcessingException {
        return (ObjectNode) new ObjectMapper().readTree(text);
    }
}
