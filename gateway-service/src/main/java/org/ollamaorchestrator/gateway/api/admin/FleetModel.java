package org.ollamaorchestrator.gateway.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.protocol.OllamaModel;

/**
 * A model that some agents have.
 *
 * @param size in bytes on the disk, and so about what it needs in memory; 0 if nobody tells
 * @param digest absent if nobody tells; agents whose models differ under one name say so by a digest of their own
 * @param parameters how many it has, in Ollama's words
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FleetModel(
        String name,
        long size,
        @Nullable String digest,
        @Nullable String parameters,
        @Nullable String quantization,
        List<String> capabilities,
        List<OnAgent> agents) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param digest only if it is another one than the model's
     * @param vram bytes that it takes in the GPU's memory; absent if it is not loaded
     * @param expires when Ollama will unload it
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record OnAgent(
            String id,
            String name,
            @Nullable String digest,
            boolean loaded,
            @Nullable Long vram,
            @Nullable String expires) {}

    /** The union over all agents, in the order of their names; agents that tell only names are not among them. */
    static List<FleetModel> of(FleetView fleet) {
        Map<String, List<Entry>> byName = new TreeMap<>();
        for (FleetView.Agent agent : fleet.agents()) {
            if (agent.profile().offer() instanceof AgentProfile.Catalog catalog) {
                for (OllamaModel model : catalog.models()) {
                    byName.computeIfAbsent(model.name().canonical(), first -> new ArrayList<>())
                            .add(new Entry(agent.profile(), model));
                }
            }
        }
        return byName.entrySet().stream()
                .map(entry -> of(entry.getKey(), entry.getValue()))
                .toList();
    }

    private record Entry(AgentProfile agent, OllamaModel model) {}

    private static FleetModel of(String name, List<Entry> entries) {
        OllamaModel model = entries.getFirst().model();
        JsonNode json = read(model);
        String digest = text(json.path("digest"));
        return new FleetModel(
                name,
                model.size(),
                digest,
                text(json.path("details").path("parameter_size")),
                text(json.path("details").path("quantization_level")),
                model.capabilities(),
                entries.stream().map(entry -> of(entry, digest)).toList());
    }

    private static OnAgent of(Entry entry, @Nullable String usualDigest) {
        String digest = text(read(entry.model()).path("digest"));
        Optional<JsonNode> loaded = entry.agent().loaded().stream()
                .filter(each -> each.name().equals(entry.model().name()))
                .findFirst()
                .map(FleetModel::read);
        return new OnAgent(
                entry.agent().id().value(),
                entry.agent().name(),
                digest == null || digest.equals(usualDigest) ? null : digest,
                loaded.isPresent(),
                loaded.map(each -> each.path("size_vram").asLong()).orElse(null),
                loaded.map(each -> text(each.path("expires_at"))).orElse(null));
    }

    private static @Nullable String text(JsonNode node) {
        return node.isTextual() && !node.textValue().isEmpty() ? node.textValue() : null;
    }

    private static JsonNode read(OllamaModel model) {
        try {
            return JSON.readTree(model.json());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a model's entry is not JSON", e);
        }
    }
}
