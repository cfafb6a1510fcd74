package org.ollamaorchestrator.gateway.agents;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV1;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.Room;

/**
 * What an agent has told of itself.
 *
 * @param protocol the version of the protocol that it speaks
 * @param offer which models it serves
 * @param loaded the models in its Ollama's memory, as far as it says
 * @param slots how many jobs it runs at once
 * @param operations what its owner lets us ask for, by the names of the protocol; empty for whatever it knows
 * @param room what its machine has room for, as far as it says; for people, and not for placing jobs
 */
public record AgentProfile(
        AgentId id,
        int protocol,
        String name,
        @Nullable String version,
        @Nullable String ollamaVersion,
        Map<String, String> labels,
        Offer offer,
        List<OllamaModel> loaded,
        int slots,
        boolean draining,
        OllamaState ollama,
        Optional<Set<String>> operations,
        Room room) {

    public AgentProfile {
        labels = Map.copyOf(labels);
        loaded = List.copyOf(loaded);
        operations = operations.map(Set::copyOf);
    }

    /** What the models in its Ollama's memory take of its GPUs', in bytes. */
    public long vramTaken() {
        return loaded.stream().mapToLong(OllamaModel::memoryOnGpu).sum();
    }

    /** Whether the agent's owner lets us ask for it. */
    public boolean allows(Operation operation) {
        return operations.map(allowed -> allowed.contains(operation.wireName())).orElse(true);
    }

    /** The models that an agent serves. */
    public sealed interface Offer {

        boolean includes(ModelName model);

        Set<ModelName> names();
    }

    /** An agent of version 1 that named no models takes any. */
    public record AnyModel() implements Offer {
        @Override
        public boolean includes(ModelName model) {
            return true;
        }

        @Override
        public Set<ModelName> names() {
            return Set.of();
        }
    }

    /** Names alone are all that version 1 tells. */
    public record NamedModels(Set<ModelName> names) implements Offer {
        public NamedModels {
            names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
        }

        @Override
        public boolean includes(ModelName model) {
            return names.contains(model);
        }
    }

    /** The catalog of version 2 alone decides; empty means nothing. */
    public record Catalog(List<OllamaModel> models, Set<ModelName> names) implements Offer {
        public Catalog {
            models = List.copyOf(models);
            names = Collections.unmodifiableSet(new LinkedHashSet<>(names));
        }

        static Catalog of(List<OllamaModel> models) {
            return new Catalog(
                    models,
                    models.stream().map(OllamaModel::name).collect(Collectors.toCollection(LinkedHashSet::new)));
        }

        @Override
        public boolean includes(ModelName model) {
            return names.contains(model);
        }
    }

    /** The seed's agent: no name, no state, and one job at a time. */
    static AgentProfile of(AgentId id, RegisterV1 register) {
        Offer offer =
                register.models().isEmpty() ? new AnyModel() : new NamedModels(new LinkedHashSet<>(register.models()));
        return new AgentProfile(
                id,
                ProtocolVersion.PROMPTS,
                id.value(),
                null,
                null,
                Map.of(),
                offer,
                List.of(),
                1,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }

    static AgentProfile of(AgentId id, RegisterV2 register) {
        return new AgentProfile(
                id,
                ProtocolVersion.TUNNEL,
                Optional.ofNullable(register.name()).orElse(id.value()),
                register.version(),
                register.ollamaVersion(),
                register.labels(),
                Catalog.of(register.catalog()),
                register.loaded(),
                register.slots(),
                false,
                OllamaState.UP,
                Optional.ofNullable(register.operations()).map(Set::copyOf),
                register.room() == null ? Room.UNKNOWN : register.room());
    }

    /** The profile after a {@code status}: what that does not mention stays. */
    AgentProfile after(Status status) {
        return new AgentProfile(
                id,
                protocol,
                name,
                version,
                status.ollamaVersion() == null ? ollamaVersion : status.ollamaVersion(),
                labels,
                status.catalog() == null ? offer : Catalog.of(status.catalog()),
                status.loaded() == null ? loaded : status.loaded(),
                status.slots() == null ? slots : status.slots(),
                status.draining() == null ? draining : status.draining(),
                status.ollama() == null ? ollama : status.ollama(),
                operations,
                status.room() == null ? room : status.room());
    }
}
