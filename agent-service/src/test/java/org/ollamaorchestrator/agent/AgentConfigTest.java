package org.ollamaorchestrator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ollamaorchestrator.agent.connection.Enrolment;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

class AgentConfigTest {

    @Test
    void all_defaults() {
        AgentSettings settings = settings(Map.of());

        assertThat(settings.gateway()).hasToString("ws://localhost:8081");
        assertThat(settings.gateway().authorization()).isNull();
        assertThat(settings.ollamaUrl()).hasToString("http://localhost:11434");
        assertThat(settings.ollamaPoll()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.box().isOurs()).isTrue();
        assertThat(settings.box().modelsPlaces()).contains(Path.of("/usr/share/ollama/.ollama/models"));
        assertThat(settings.box().vram()).isEmpty();
        assertThat(settings.enrolment()).isEmpty();
        assertThat(settings.profile().operations()).containsExactlyInAnyOrder(Operation.values());
        assertThat(settings.models()).isEmpty();
        assertThat(settings.profile().slots()).isEqualTo(1);
        assertThat(settings.profile().name()).isNotBlank();
        assertThat(settings.profile().labels()).isEmpty();
        assertThat(settings.profile().agentId().value()).hasSize(32);
        assertThat(settings.profile().instanceId().value()).hasSize(32);
        assertThat(settings.reconnectMax()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void every_key_set_to_something_else(@TempDir Path state) {
        AgentSettings settings = settings(Map.ofEntries(
                Map.entry("orchestrator.gateway.url", "wss://gateway/agents"),
                Map.entry("orchestrator.ollama.url", "http://ollama:1"),
                Map.entry("orchestrator.ollama.poll", "7s"),
                Map.entry("orchestrator.ollama.num-parallel", "9"),
                Map.entry("orchestrator.ollama.models-dir", "/models"),
                Map.entry("orchestrator.vram", "24G"),
                Map.entry("orchestrator.models", "a, b:1"),
                Map.entry("orchestrator.slots", "3"),
                Map.entry("orchestrator.name", "box"),
                Map.entry("orchestrator.labels.gpu", "rtx"),
                Map.entry("orchestrator.token", "t"),
                Map.entry("orchestrator.enrolment-token", "unused beside a token"),
                Map.entry("orchestrator.tls-configuration-name", "gateway"),
                Map.entry("orchestrator.operations", "chat, embed"),
                Map.entry("orchestrator.agent-id", "me"),
                Map.entry("orchestrator.state-dir", state.toString()),
                Map.entry("orchestrator.reconnect.max", "8s"),
                Map.entry("orchestrator.drain-timeout", "9s")));

        assertThat(settings.gateway()).hasToString("wss://gateway/agents");
        assertThat(settings.gateway().authorization()).isEqualTo("Bearer t");
        assertThat(settings.ollamaUrl()).hasToString("http://ollama:1");
        assertThat(settings.ollamaPoll()).isEqualTo(Duration.ofSeconds(7));
        assertThat(settings.box().isOurs()).isFalse();
        assertThat(settings.box().modelsPlaces()).containsExactly(Path.of("/models"));
        assertThat(settings.box().vram()).contains(24L * 1024 * 1024 * 1024);
        assertThat(settings.models()).containsExactly(new ModelName("a"), new ModelName("b:1"));
        assertThat(settings.profile().slots()).isEqualTo(3);
        assertThat(settings.profile().name()).isEqualTo("box");
        assertThat(settings.profile().labels()).containsEntry("gpu", "rtx");
        assertThat(settings.enrolment()).isEmpty();
        assertThat(settings.profile().operations()).containsExactlyInAnyOrder(Operation.CHAT, Operation.EMBED);
        assertThat(settings.profile().agentId()).hasToString("me");
        assertThat(settings.reconnectMax()).isEqualTo(Duration.ofSeconds(8));
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void the_seeds_environment_names_work_and_ollamas_own_0_means_1() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SERVER_WS_URL",
                "ws://g:1",
                "OLLAMA_URL",
                "http://o:2",
                "MODELS",
                "a,b",
                "OLLAMA_NUM_PARALLEL",
                "4",
                "OLLAMA_MODELS",
                "/big/disk"));
        AgentSettings settings = settings(environment);

        assertThat(settings.gateway()).hasToString("ws://g:1");
        assertThat(settings.ollamaUrl()).hasToString("http://o:2");
        assertThat(settings.models()).hasSize(2);
        assertThat(settings.profile().slots()).isEqualTo(4);
        assertThat(settings.box().modelsPlaces()).containsExactly(Path.of("/big/disk"));
        assertThat(settings(Map.of("OLLAMA_NUM_PARALLEL", "0")).profile().slots())
                .isEqualTo(1);
        assertThat(settings(Map.of("OLLAMA_NUM_PARALLEL", "")).profile().slots())
                .isEqualTo(1);
    }

    @Test
    void an_identity_is_kept(@TempDir Path state) throws Exception {
        Map<String, String> keys =
                Map.of("orchestrator.state-dir", state.resolve("deeper").toString());

        var first = settings(keys).profile().agentId();

        assertThat(settings(keys).profile().agentId()).isEqualTo(first);
        assertThat(Files.getPosixFilePermissions(state.resolve("deeper/agent-id")))
                .hasSize(2);
        assertThat(state.resolve("deeper").toFile().list()).containsExactly("agent-id");
    }

    @Test
    void an_enrolment_token_is_for_who_has_no_token_of_its_own(@TempDir Path state) throws Exception {
        Path file = Files.writeString(state.resolve("first"), "ole_one\n");
        Map<String, String> keys = Map.of(
                "orchestrator.state-dir", state.toString(), "orchestrator.enrolment-token-file", file.toString());
        Enrolment enrolment = settings(keys).enrolment().orElseThrow();
        assertThat(enrolment.token()).isEqualTo("ole_one");
        assertThat(enrolment.toString()).doesNotContain("ole_one");

        enrolment.keeper().keep("ola_own");

        assertThat(settings(keys).enrolment()).isEmpty();
        assertThat(settings(keys).gateway().authorization()).isEqualTo("Bearer ola_own");
        assertThat(settings(Map.of("orchestrator.state-dir", state.toString()))
                        .gateway()
                        .authorization())
                .as("without the enrolment token, which has done its work")
                .isEqualTo("Bearer ola_own");
        assertThat(Files.getPosixFilePermissions(state.resolve("token"))).hasSize(2);
        assertThat(state.toFile().list()).containsExactlyInAnyOrder("first", "token", "agent-id");
        Files.writeString(file, "ole_another");
        assertThat(settings(keys).enrolment().orElseThrow().token())
                .as("who is given another enrolment token enrols again")
                .isEqualTo("ole_another");
        assertThat(settings(keys).gateway().authorization()).isNull();
    }

    @Test
    void a_mistake_is_one_sentence() {
        assertThatThrownBy(() -> settings(Map.of("orchestrator.enrolment-token", "ole_secret")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessageContaining("orchestrator.state-dir")
                .hasMessageNotContaining("ole_secret");
        assertThatThrownBy(() -> settings(Map.of("orchestrator.operations", "chat,format-disk")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessageContaining("orchestrator.operations names format-disk");
        assertThatThrownBy(() -> settings(Map.of("orchestrator.vram", "24E")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessageContaining("orchestrator.vram");
        assertThatThrownBy(() -> settings(Map.of("orchestrator.slots", "0")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessage("orchestrator.slots is 0, but an agent needs at least 1");
        assertThatThrownBy(() -> settings(Map.of("orchestrator.gateway.url", "http://x")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessageContaining("orchestrator.gateway.url");
        assertThatThrownBy(() -> settings(Map.of("orchestrator.ollama.url", "localhost:11434")))
                .isInstanceOf(ConfigurationMistake.class)
                .hasMessageContaining("orchestrator.ollama.url");
    }

    private static AgentSettings settings(Map<String, String> keys) {
        AgentConfig config = new SmallRyeConfigBuilder()
                .withMapping(AgentConfig.class)
                .addDefaultInterceptors()
                // Quarkus' own, which reads "5s"; its order is above SmallRye's.
                .withConverter(Duration.class, 200, new DurationConverter())
                .withConverter(MemorySize.class, 200, new MemorySizeConverter())
                .withDefaultValues(keys)
                .build()
                .getConfigMapping(AgentConfig.class);
        return AgentSettings.of(config, Map.of());
    }
}
