package org.ollamaorchestrator.gateway.scheduling;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.Room;

/** Agents and requests for tests of scheduling. */
@NullMarked
final class Some {

    static final long MODEL_SIZE = 4_000_000_000L;
    static final int CONTEXT = 4_096;

    private Some() {}

    static SchedulingPolicy policy() {
        return policy(10);
    }

    static SchedulingPolicy policy(int waitingMax) {
        return new SchedulingPolicy(
                waitingMax,
                1_000,
                Duration.ofSeconds(120),
                Duration.ofSeconds(30),
                2,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(300),
                Duration.ofSeconds(20));
    }

    /** An agent that has these models, all of them in memory. */
    static AgentProfile warm(String id, int slots, String... models) {
        return agent(id, slots, List.of(models), List.of(models));
    }

    /** An agent that has these models, none of them in memory. */
    static AgentProfile cold(String id, int slots, String... models) {
        return agent(id, slots, List.of(models), List.of());
    }

    static AgentProfile agent(String id, int slots, List<String> models, List<String> loaded) {
        var names = new LinkedHashSet<ModelName>();
        models.forEach(model -> names.add(new ModelName(model)));
        return profile(
                id,
                ProtocolVersion.TUNNEL,
                new AgentProfile.Catalog(entries(models), names),
                entries(loaded),
                slots,
                false,
                OllamaState.UP);
    }

    static AgentProfile version1(String id, String... models) {
        var names = new LinkedHashSet<ModelName>();
        Stream.of(models).forEach(model -> names.add(new ModelName(model)));
        return profile(
                id, ProtocolVersion.PROMPTS, new AgentProfile.NamedModels(names), List.of(), 1, false, OllamaState.UP);
    }

    /** The same agent, whose owner allows these operations alone. */
    static AgentProfile allowing(AgentProfile of, Operation... operations) {
        return new AgentProfile(
                of.id(),
                of.protocol(),
                of.name(),
                of.version(),
                of.ollamaVersion(),
                of.labels(),
                of.offer(),
                of.loaded(),
                of.slots(),
                of.draining(),
                of.ollama(),
                Optional.of(Stream.of(operations).map(Operation::wireName).collect(Collectors.toSet())),
                of.room());
    }

    /** Version 1 without a list of models. */
    static AgentProfile anyModel(String id) {
        return profile(id, ProtocolVersion.PROMPTS, new AgentProfile.AnyModel(), List.of(), 1, false, OllamaState.UP);
    }

    static AgentProfile draining(AgentProfile of) {
        return profile(of.id().value(), of.protocol(), of.offer(), of.loaded(), of.slots(), true, of.ollama());
    }

    static AgentProfile ollamaDown(AgentProfile of) {
        return profile(
                of.id().value(), of.protocol(), of.offer(), of.loaded(), of.slots(), of.draining(), OllamaState.DOWN);
    }

    private static AgentProfile profile(
            String id,
            int protocol,
            AgentProfile.Offer offer,
            List<OllamaModel> loaded,
            int slots,
            boolean draining,
            OllamaState ollama) {
        return new AgentProfile(
                new AgentId(id),
                protocol,
                id,
                null,
                null,
                Map.of(),
                offer,
                loaded,
                slots,
                draining,
                ollama,
                Optional.empty(),
                Room.UNKNOWN);
    }

    private static List<OllamaModel> entries(List<String> models) {
        return models.stream()
                .map(model -> OllamaModel.of(JsonNodeFactory.instance
                        .objectNode()
                        .put("name", model)
                        .put("size", MODEL_SIZE)
                        .put("context_length", CONTEXT)))
                .toList();
    }

    static JobNeeds chat(String model) {
        return chat(model, Share.anonymous(Priority.NORMAL));
    }

    static JobNeeds chat(String model, Share share) {
        return needs(model, Operation.CHAT, share, 10, Optional.empty());
    }

    static JobNeeds show(String model) {
        return needs(model, Operation.SHOW, Share.anonymous(Priority.NORMAL), 10, Optional.empty());
    }

    static JobNeeds needs(String model, Operation operation, Share share, long bytes, Optional<Duration> within) {
        return new JobNeeds(
                new ModelName(model),
                operation,
                Optional.empty(),
                operation.takesSlot(),
                OptionalInt.empty(),
                Prompt.NONE,
                bytes,
                share,
                within);
    }

    static JobNeeds within(Duration time, JobNeeds of) {
        return needs(of.model().written(), of.operation(), of.share(), of.bytes(), Optional.of(time));
    }

    static JobNeeds ofBytes(long bytes, JobNeeds of) {
        return needs(of.model().written(), of.operation(), of.share(), bytes, of.within());
    }

    static JobNeeds withTools(JobNeeds of) {
        return new JobNeeds(
                of.model(),
                of.operation(),
                Optional.of("tools"),
                of.usesModel(),
                of.contextLength(),
                of.prompt(),
                of.bytes(),
                of.share(),
                of.within());
    }

    static JobNeeds withContext(int tokens, JobNeeds of) {
        return new JobNeeds(
                of.model(),
                of.operation(),
                of.version2Because(),
                of.usesModel(),
                OptionalInt.of(tokens),
                of.prompt(),
                of.bytes(),
                of.share(),
                of.within());
    }

    static JobNeeds withPrompt(Prompt prompt, JobNeeds of) {
        return new JobNeeds(
                of.model(),
                of.operation(),
                of.version2Because(),
                of.usesModel(),
                of.contextLength(),
                prompt,
                of.bytes(),
                of.share(),
                of.within());
    }

    static Share key(String name, int weight, Priority priority) {
        return new Share(name, weight, priority, Integer.MAX_VALUE);
    }

    static Set<ModelName> names(String... models) {
        var names = new LinkedHashSet<ModelName>();
        Stream.of(models).forEach(model -> names.add(new ModelName(model)));
        return names;
    }
}
