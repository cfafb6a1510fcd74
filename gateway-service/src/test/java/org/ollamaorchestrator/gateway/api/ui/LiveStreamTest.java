package org.ollamaorchestrator.gateway.api.ui;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.gateway.jobs.Client;
import org.ollamaorchestrator.gateway.jobs.OpenRequest;
import org.ollamaorchestrator.gateway.jobs.Paces.Pace;
import org.ollamaorchestrator.gateway.scheduling.FleetView;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.QueueView;
import org.ollamaorchestrator.gateway.scheduling.RequestId;
import org.ollamaorchestrator.gateway.scheduling.Share;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.Room;

/** What viewers get of a large and busy fleet, and how many bytes that is. No clock and no socket: a minute passes at once. */
@NullMarked
class LiveStreamTest {

    private static final int AGENTS = 100;
    private static final int SLOTS = 4;
    private static final int WAITING = 1000;
    private static final ModelName MODEL = new ModelName("llama3.2:3b");
    private static final Instant START = Instant.parse("2027-01-01T00:00:00Z");

    /** In its hundred agents jobs of about two seconds begin and end, a thousand wait, and whatever can change does. */
    private static final class BusyFleet implements LiveFacts.About {

        private final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        private final List<OpenRequest> running = new ArrayList<>();
        private final List<OpenRequest> waiting = new ArrayList<>();
        private Instant now = START;
        private int arrived;

        BusyFleet() {
            for (int i = 0; i < AGENTS * SLOTS; i++) {
                running.add(arrival(Optional.of(new AgentId("agent-" + i % AGENTS))));
            }
            fill();
        }

        void pass(Duration time) {
            now = now.plus(time);
            for (int i = 0; i < running.size(); i++) {
                if (random.nextDouble() < time.toMillis() / 2000.0) {
                    OpenRequest next = waiting.removeFirst();
                    running.set(i, placed(next, running.get(i).agent()));
                }
            }
            fill();
        }

        private void fill() {
            while (waiting.size() < WAITING) {
                waiting.add(arrival(Optional.empty()));
            }
        }

        private OpenRequest arrival(Optional<AgentId> agent) {
            arrived++;
            return new OpenRequest(
                    new RequestId("%032x".formatted(arrived)),
                    "req_%032x".formatted(arrived),
                    new Share("key-" + arrived % 20, 1, Priority.NORMAL, WAITING),
                    MODEL,
                    Operation.CHAT,
                    now,
                    agent,
                    false);
        }

        private static OpenRequest placed(OpenRequest request, Optional<AgentId> agent) {
            return new OpenRequest(
                    request.id(),
                    request.name(),
                    request.share(),
                    request.model(),
                    request.operation(),
                    request.since(),
                    agent,
                    true);
        }

        LiveFacts facts() {
            var agents = new ArrayList<FleetView.Agent>();
            for (int i = 0; i < AGENTS; i++) {
                agents.add(new FleetView.Agent(
                        profile("agent-" + i), random.nextInt(SLOTS + 1), Set.of(), false, false, Optional.empty()));
            }
            var queue = new ArrayList<QueueView.Waiting>();
            for (OpenRequest request : waiting) {
                int position = queue.size() + 1;
                queue.add(new QueueView.Waiting(
                        request.id(),
                        MODEL,
                        request.share(),
                        position,
                        Duration.between(request.since(), now),
                        Duration.ofSeconds(1 + position / 200)));
            }
            var all = new ArrayList<>(running);
            all.addAll(waiting);
            return new LiveFacts(
                    new FleetView(agents), new QueueView(queue, running.size(), false), all, List.of(), this);
        }

        @Override
        public Optional<Instant> lastSeen(AgentId agent) {
            // Each in its turn, every five seconds.
            long turn = (now.toEpochMilli() + Math.floorMod(agent.value().hashCode(), 5000)) / 5000;
            return Optional.of(Instant.ofEpochMilli(turn * 5000));
        }

        @Override
        public Optional<Pace> pace(AgentId agent) {
            return Optional.of(new Pace(40 + random.nextDouble(), Duration.ofMillis(200 + random.nextInt(50))));
        }
    }

    private static AgentProfile profile(String name) {
        return new AgentProfile(
                new AgentId(name),
                2,
                name,
                "1.0.0",
                "0.32.15",
                Map.of("site", "office", "gpu", "yes"),
                new AgentProfile.NamedModels(Set.of(MODEL, new ModelName("qwen3:8b"), new ModelName("embed:latest"))),
                List.of(OllamaModel.named(MODEL)),
                SLOTS,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }

    private static LiveView everything(BusyFleet fleet) {
        return fleet.facts().seenBy(request -> true);
    }

    @Test
    void of_100_agents_and_1000_that_wait_a_viewer_gets_less_than_50_kb_a_second() {
        var fleet = new BusyFleet();
        LiveView before = everything(fleet);
        assertThat(before.snapshot().length).as("bytes of a snapshot").isLessThan(100_000);

        long bytes = 0;
        Instant end = START.plusSeconds(60);
        Duration pace = LivePace.after(0);
        int frames = 0;
        while (fleet.now.isBefore(end)) {
            fleet.pass(pace);
            LiveView now = everything(fleet);
            byte[] changes = now.changes(before).orElse(new byte[0]);
            bytes += changes.length;
            pace = LivePace.after(changes.length);
            before = now;
            frames++;
        }

        assertThat(bytes / 60).as("bytes a second in %d frames", frames).isBetween(1L, 49_999L);
        assertThat(frames).as("frames in a minute").isGreaterThan(30);
    }

    @Test
    void what_a_viewer_makes_of_a_snapshot_and_all_changes_is_the_last_view() {
        var fleet = new BusyFleet();
        LiveView before = everything(fleet);
        var viewer = new Viewer();
        viewer.take(before.snapshot());

        for (int i = 0; i < 50; i++) {
            fleet.pass(Duration.ofMillis(250));
            LiveView now = everything(fleet);
            now.changes(before).ifPresent(viewer::take);
            before = now;
        }

        assertThat(viewer.of("jobs")).isEqualTo(asRead(before.jobs()));
        assertThat(viewer.of("agents")).isEqualTo(asRead(before.agents()));
    }

    /** A number that is read is as small as it can be, and then not equal to the same one that was written. */
    private static Map<String, ObjectNode> asRead(LiveList list) {
        var viewer = new Viewer();
        viewer.take(
                new LiveView(LiveList.EMPTY, list, LiveList.EMPTY, new ObjectMapper().createObjectNode()).snapshot());
        return viewer.of("jobs");
    }

    @Test
    void a_key_sees_its_own_jobs_and_how_many_there_are_in_all() {
        LiveView own =
                new BusyFleet().facts().seenBy(request -> request.share().key().equals("key-3"));

        assertThat(own.jobs().items().values())
                .isNotEmpty()
                .allSatisfy(job -> assertThat(job.path("key").textValue()).isEqualTo("key-3"));
        assertThat(own.queue().path("waiting").intValue()).isEqualTo(WAITING);
        assertThat(own.queue().path("yours").intValue()).isEqualTo((WAITING + AGENTS * SLOTS) / 20);
    }

    @Test
    void who_reads_too_slowly_gets_no_backlog_but_the_latest_snapshot() {
        var fleet = new BusyFleet();
        var viewer = new LiveViewer(new HereAndNow(), Optional.empty());
        AssertSubscriber<byte[]> reader =
                viewer.stream(() -> {}, () -> {}).subscribe().withSubscriber(AssertSubscriber.create(1));
        LiveView first = everything(fleet);
        viewer.offer(new LiveFrame(first, LiveView.NOTHING));
        LiveView before = first;
        for (int i = 0; i < 100; i++) {
            fleet.pass(Duration.ofMillis(250));
            LiveView now = everything(fleet);
            viewer.offer(new LiveFrame(now, before));
            before = now;
        }
        assertThat(reader.getItems()).hasSize(1);

        reader.request(1);
        viewer.offer(new LiveFrame(before, before));

        assertThat(reader.getItems()).hasSize(2);
        assertThat(reader.getItems().getLast()).isEqualTo(before.snapshot());
    }

    @Test
    void a_stream_that_the_gateway_ends_says_why() {
        var viewer = new LiveViewer(new HereAndNow(), Optional.empty());
        AssertSubscriber<byte[]> reader =
                viewer.stream(() -> {}, () -> {}).subscribe().withSubscriber(AssertSubscriber.create(10));

        viewer.end("the API key was revoked");

        assertThat(new String(reader.getItems().getLast(), StandardCharsets.UTF_8))
                .isEqualTo("event: end\ndata: {\"why\":\"the API key was revoked\"}\n\n");
        reader.assertCompleted();
    }

    private static final class HereAndNow implements Client {
        @Override
        public String dialect() {
            return "ui";
        }

        @Override
        public Optional<String> traceparent() {
            return Optional.empty();
        }

        @Override
        public String requestId() {
            return "viewer";
        }

        @Override
        public void answeredBy(String agentName) {
            throw new AssertionError("nobody answers a viewer");
        }

        @Override
        public void onEventLoop(Runnable task) {
            task.run();
        }

        @Override
        public void abort() {
            throw new AssertionError("a viewer is never aborted");
        }
    }

    /** As the page does it. */
    private static final class Viewer {

        private static final ObjectMapper JSON = new ObjectMapper();

        private final Map<String, Map<String, ObjectNode>> lists = new HashMap<>();

        void take(byte[] event) {
            String text = new String(event, StandardCharsets.UTF_8);
            JsonNode data;
            try {
                data = JSON.readTree(text.substring(text.indexOf("data: ") + 6));
            } catch (JsonProcessingException e) {
                throw new AssertionError(text, e);
            }
            for (String list : List.of("agents", "jobs")) {
                var items = of(list);
                data.path(list).path("gone").forEach(id -> items.remove(id.textValue()));
                data.path(list).path("set").forEach(item -> {
                    var known = items.computeIfAbsent(item.path("id").textValue(), id -> JSON.createObjectNode());
                    item.properties().forEach(field -> {
                        if (field.getValue().isNull()) {
                            known.remove(field.getKey());
                        } else {
                            known.set(field.getKey(), field.getValue());
                        }
                    });
                });
            }
        }

        Map<String, ObjectNode> of(String list) {
            return lists.computeIfAbsent(list, name -> new HashMap<>());
        }
    }
}
