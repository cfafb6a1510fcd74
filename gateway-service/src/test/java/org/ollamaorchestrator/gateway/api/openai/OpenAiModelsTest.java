package org.ollamaorchestrator.gateway.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.json;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.api.ModelAliases;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.OllamaModel;

@NullMarked
class OpenAiModelsTest {

    private static final List<OllamaModel> MODELS = List.of(
            OllamaModel.of(object("{\"name\":\"big:latest\"}")),
            OllamaModel.of(object("{\"name\":\"tiny:latest\",\"modified_at\":\"2026-11-22T14:33:29.123456789Z\"}")));

    private static final ModelAliases ALIASES = new ModelAliases(
            Map.of(
                    "gpt-4o-mini", new Alias("tiny"),
                    "gpt-4o", new Alias("tiny:latest"),
                    "gpt-5", new Alias("absent"),
                    "big:latest", new Alias("tiny")),
            false);

    @Test
    void they_have_the_form_of_ollamas_own_list() {
        String list = ModelsResource.list(MODELS.subList(1, 2), new ModelAliases(Map.of(), false));

        assertThat(Recordings.shape(json(list))).isEqualTo(Recordings.shape(json(Recordings.text("v1-models.txt"))));
        assertThat(json(list).at("/data/0/created").asLong()).isEqualTo(1795358009);
    }

    @Test
    void an_alias_is_listed_by_its_own_name_if_the_fleet_has_its_model() {
        JsonNode data = json(ModelsResource.list(MODELS, ALIASES)).path("data");

        assertThat(data.findValuesAsText("id")).containsExactly("big:latest", "tiny:latest", "gpt-4o", "gpt-4o-mini");
        assertThat(data.at("/3/created").asLong()).isEqualTo(1795358009);
    }

    @Test
    void an_alias_is_found_by_its_own_name_if_the_fleet_has_its_model() {
        assertThat(json(ModelsResource.found("gpt-4o-mini", MODELS, ALIASES)))
                .isEqualTo(
                        object(
                                "{\"id\":\"gpt-4o-mini\",\"object\":\"model\",\"created\":1795358009,\"owned_by\":\"library\"}"));
        assertThatThrownBy(() -> {
                    var ignored = ModelsResource.found("gpt-5", MODELS, ALIASES);
                })
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("gpt-5");
    }

    private record Alias(String model) implements GatewayConfig.Alias {

        @Override
        public Map<String, String> options() {
            return Map.of();
        }
    }
}
