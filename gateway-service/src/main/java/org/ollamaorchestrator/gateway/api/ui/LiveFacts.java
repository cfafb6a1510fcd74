package org.ollamaorchestrator.gateway.api.ui;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.OpenRequest;
import org.ollamaorchestrator.gateway.jobs.Paces.Pace;
import org.ollamaorchestrator.gateway.models.OperationView;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.QueueView;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Room;

/** Everything that the live stream tells, at one moment: of it each audience gets its view. Pure. */
final class LiveFacts {

    /** Of those that wait, and of those that run, so many are told one by one; of the rest only how many they are. */
    static final int JOBS_SHOWN = 50;

    /** The newest; a page that shows more is not read. */
    private static final int OPERATIONS_SHOWN = 20;

    /** What runs is listed before all that wait, whose order is their place: so it is below 0, and a later one is more. */
    private static final long BEFORE_THE_QUEUE = 100_000_000_000_000L;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final LiveList agents;
    private final LiveList operations;
    private final QueueView queue;
    private final List<OpenRequest> running;
    private final List<OpenRequest> waiting;
    private final Map<RequestId, QueueView.Waiting> places;
    private final Map<AgentId, String> agentNames;

    /** What is known of agents besides what the core knows. */
    interface About {

        Optional<Instant> lastSeen(AgentId agent);

        Optional<Pace> pace(AgentId agent);
    }

    LiveFacts(
            FleetView fleet,
            QueueView queue,
            Collection<OpenRequest> requests,
            Collection<OperationView> operations,
            About about) {
        this.queue = queue;
        this.operations = LiveList.of(
                operations.stream().limit(OPERATIONS_SHOWN).map(LiveFacts::told).toList());
        this.agentNames = new HashMap<>();
        fleet.agents()
                .forEach(agent ->
                        agentNames.put(agent.profile().id(), agent.profile().name()));
        this.agents = LiveList.of(
                fleet.agents().stream().map(agent -> told(agent, about)).toList());
        this.places = new HashMap<>();
        queue.waiting().forEach(each -> places.put(each.request(), each));
        this.running = requests.stream()
                .filter(request -> !places.containsKey(request.id()))
                .sorted(Comparator.comparing(OpenRequest::since))
                .toList();
        this.waiting = requests.stream()
                .filter(request -> places.containsKey(request.id()))
                .sorted(Comparator.comparingInt(request -> place(request).position()))
                .toList();
    }

    /** @param mayBeSeen whose jobs an audience may see */
    LiveView seenBy(Predicate<OpenRequest> mayBeSeen) {
        List<OpenRequest> runs = running.stream().filter(mayBeSeen).toList();
        List<OpenRequest> waits = waiting.stream().filter(mayBeSeen).toList();
        var shown = new ArrayList<ObjectNode>();
        runs.stream().limit(JOBS_SHOWN).map(this::toldRunning).forEach(shown::add);
        waits.stream().limit(JOBS_SHOWN).map(this::toldWaiting).forEach(shown::add);
        ObjectNode counts = JSON.objectNode()
                .put("waiting", queue.waiting().size())
                .put("running", queue.running())
                .put("yours", runs.size() + waits.size())
                .put("shown", shown.size())
                .put("draining", queue.draining());
        return new LiveView(agents, LiveList.of(shown), operations, counts);
    }

    private QueueView.Waiting place(OpenRequest request) {
        QueueView.Waiting place = places.get(request.id());
        if (place == null) {
            throw new IllegalArgumentException("request " + request.id() + " does not wait");
        }
        return place;
    }

    private ObjectNode toldRunning(OpenRequest request) {
        ObjectNode told = told(request)
                .put("state", request.answering() ? "answering" : "started")
                .put("order", request.since().toEpochMilli() - BEFORE_THE_QUEUE);
        request.agent().ifPresent(agent -> told.put("agent", agentNames.getOrDefault(agent, agent.value())));
        return told;
    }

    private ObjectNode toldWaiting(OpenRequest request) {
        QueueView.Waiting place = place(request);
        return told(request)
                .put("state", "waiting")
                .put("order", place.position())
                .put("expectedMs", wholeSeconds(place.expected()));
    }

    private static ObjectNode told(OpenRequest request) {
        return JSON.objectNode()
                .put(LiveList.ID, request.id().value())
                .put("requestId", request.name())
                .put("key", request.share().key())
                .put("model", request.model().written())
                .put("operation", request.operation().wireName())
                .put("priority", request.share().priority().wireName())
                .put("since", request.since().toEpochMilli());
    }

    private static ObjectNode told(FleetView.Agent agent, About about) {
        AgentProfile profile = agent.profile();
        ObjectNode told = JSON.objectNode()
                .put(LiveList.ID, profile.id().value())
                .put("order", profile.name() + " " + profile.id().value())
                .put("name", profile.name())
                .put("protocol", profile.protocol())
                .put("ollama", profile.ollama() == OllamaState.UP ? "up" : "down")
                .put("slots", profile.slots())
                .put("active", agent.active())
                .put("draining", profile.draining())
                .put("held", agent.held())
                .put("aside", agent.aside())
                .put("anyModel", profile.offer() instanceof AgentProfile.AnyModel);
        told.set("models", names(profile.offer().names()));
        told.set("loading", names(agent.loading()));
        told.set("loaded", loaded(profile.loaded()));
        if (!profile.room().equals(Room.UNKNOWN)) {
            told.set("room", room(profile.room()));
        }
        if (!profile.labels().isEmpty()) {
            ObjectNode labels = told.putObject("labels");
            profile.labels().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(label -> labels.put(label.getKey(), label.getValue()));
        }
        putIfKnown(told, "version", Optional.ofNullable(profile.version()));
        putIfKnown(told, "ollamaVersion", Optional.ofNullable(profile.ollamaVersion()));
        putIfKnown(told, "notUsedBecause", agent.notUsedBecause());
        about.lastSeen(profile.id()).ifPresent(at -> told.put("lastSeen", at.toEpochMilli()));
        about.pace(profile.id())
                .ifPresent(pace -> told.put("tokensPerSecond", rounded(pace.tokensPerSecond()))
                        .put("firstTokenMs", pace.firstToken().toMillis()));
        return told;
    }

    private static ObjectNode told(OperationView operation) {
        ObjectNode told = JSON.objectNode()
                .put(LiveList.ID, operation.id())
                // The newest first.
                .put("order", -operation.started().toEpochMilli())
                .put("action", operation.action())
                .put("model", operation.model())
                .put("by", operation.by())
                .put("state", operation.state());
        ArrayNode parts = told.putArray("agents");
        for (OperationView.AgentPart agent : operation.agents()) {
            ObjectNode part = parts.addObject()
                    .put("name", agent.name())
                    .put("state", agent.state())
                    .put("status", agent.status())
                    .put("completed", agent.completed())
                    .put("total", agent.total());
            putIfKnown(part, "error", Optional.ofNullable(agent.error()));
        }
        return told;
    }

    private static ArrayNode names(Collection<ModelName> models) {
        ArrayNode names = JSON.arrayNode();
        models.stream().map(ModelName::written).sorted().forEach(names::add);
        return names;
    }

    private static ArrayNode loaded(List<OllamaModel> models) {
        ArrayNode loaded = JSON.arrayNode();
        for (OllamaModel model : models) {
            ObjectNode each = loaded.addObject().put("name", model.name().written());
            if (model.memoryOnGpu() > 0) {
                each.put("vram", model.memoryOnGpu());
            }
        }
        return loaded;
    }

    private static ObjectNode room(Room room) {
        ObjectNode told = JSON.objectNode();
        putIfKnown(told, "diskTotal", room.diskTotal());
        putIfKnown(told, "diskFree", room.diskFree());
        putIfKnown(told, "vramTotal", room.vramTotal());
        putIfKnown(told, "vramFree", room.vramFree());
        return told;
    }

    private static void putIfKnown(ObjectNode told, String field, @Nullable Long bytes) {
        if (bytes != null) {
            told.put(field, bytes);
        }
    }

    private static void putIfKnown(ObjectNode told, String field, Optional<String> value) {
        value.ifPresent(known -> told.put(field, known));
    }

    private static long wholeSeconds(Duration time) {
        return time.toSeconds() * 1000;
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
