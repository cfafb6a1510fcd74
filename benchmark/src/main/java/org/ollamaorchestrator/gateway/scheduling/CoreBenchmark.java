package org.ollamaorchestrator.gateway.scheduling;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.ollamaorchestrator.gateway.agents.AgentProfile;
import org.ollamaorchestrator.protocol.AgentId;
import org.ollamaorchestrator.protocol.AgentMessage.OllamaState;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.OllamaModel;
import org.ollamaorchestrator.protocol.Operation;
import org.ollamaorchestrator.protocol.ProtocolVersion;
import org.ollamaorchestrator.protocol.Room;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A full house: 1,000 agents with every slot taken and 10,000 requests that wait, of 20 keys in three priorities. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
@NullUnmarked // JMH fills the state in by itself, before anything is measured.
public class CoreBenchmark {

    private static final int AGENTS = 1_000;
    private static final int WAITING = 10_000;
    private static final int KEYS = 20;
    private static final List<Priority> PRIORITIES = List.of(Priority.values());
    private static final Duration BETWEEN_EVENTS = Duration.ofMillis(1);

    /** What the fleet offers. */
    public enum Models {
        /** Every agent has the one model. */
        ONE(1, 1),

        /** Every agent has five of fifty, so each model is on a hundred agents. */
        FIFTY(50, 5),

        /** Every agent has the same ten, of which one is in memory. */
        TEN_EVERYWHERE(10, 10);

        private final int all;
        private final int ofAgent;

        Models(int all, int ofAgent) {
            this.all = all;
            this.ofAgent = ofAgent;
        }
    }

    @Param
    private Models models;

    private final Queue<JobOn> running = new ArrayDeque<>();
    private Core core;
    private Instant now;
    private long arrivals;

    private record JobOn(JobId job, AgentId agent) {}

    @Setup(Level.Iteration)
    public void fullHouse() {
        core = new Core(policy());
        now = Instant.EPOCH;
        running.clear();
        for (int i = 0; i < AGENTS; i++) {
            step(new CoreEvent.AgentJoined("1", agent(i), Set.of()));
        }
        while (core.queueView(now).waiting().size() < WAITING) {
            for (int i = 0; i < 500; i++) {
                arrives();
            }
        }
    }

    /** One request is served and another one comes in its place: the time is of both steps, and of the clock's. */
    @Benchmark
    public void jobEndsAndRequestArrives() {
        JobOn job = running.remove();
        step(new CoreEvent.JobEnded(job.agent(), job.job(), new JobEnd.Completed(), true));
        arrives();
        now = now.plus(BETWEEN_EVENTS);
    }

    @Benchmark
    public void requestArrivesAndItsClientLeaves() {
        RequestId request = arrives();
        step(new CoreEvent.ClientGone(request, new JobFailure.Cancelled()));
        now = now.plus(BETWEEN_EVENTS);
    }

    @Benchmark
    public FleetView fleetIsViewed() {
        return core.view();
    }

    @Benchmark
    public QueueView queueIsViewed() {
        return core.queueView(now);
    }

    @CanIgnoreReturnValue
    private RequestId arrives() {
        arrivals++;
        var request = new RequestId("r" + arrivals);
        step(new CoreEvent.RequestArrived(request, needs()));
        return request;
    }

    private JobNeeds needs() {
        var share = new Share(
                "key-" + arrivals % KEYS,
                1,
                PRIORITIES.get((int) (arrivals / KEYS % PRIORITIES.size())),
                Integer.MAX_VALUE);
        return new JobNeeds(
                name((int) (arrivals % models.all)),
                Operation.CHAT,
                Optional.empty(),
                true,
                OptionalInt.empty(),
                new Prompt(400, List.of(new Prompt.Prefix(arrivals, 400))),
                1_000,
                share,
                Optional.empty());
    }

    private void step(CoreEvent event) {
        tellTime();
        take(core.step(event, now));
    }

    private void tellTime() {
        while (core.wakeAt().filter(at -> !at.isAfter(now)).isPresent()) {
            take(core.step(new CoreEvent.TimePassed(), now));
        }
    }

    /** Loads end at once, so that what is measured are decisions and not a fleet that loads. */
    private void take(List<Effect> effects) {
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.StartJob e -> running.add(new JobOn(e.job(), e.agent()));
                case Effect.StartLoad e ->
                    take(core.step(new CoreEvent.JobEnded(e.agent(), e.job(), new JobEnd.Completed(), true), now));
                case Effect.ResumeJob e -> {}
                case Effect.CancelJob e -> {}
                case Effect.EndRequest e -> {}
            }
        }
    }

    private AgentProfile agent(int number) {
        List<ModelName> offered = IntStream.range(0, models.ofAgent)
                .mapToObj(i -> name((number + i) % models.all))
                .toList();
        List<OllamaModel> catalog = new ArrayList<>();
        offered.forEach(model -> catalog.add(OllamaModel.named(model)));
        return new AgentProfile(
                new AgentId("agent-" + number),
                ProtocolVersion.TUNNEL,
                "agent-" + number,
                null,
                null,
                Map.of(),
                new AgentProfile.Catalog(catalog, new LinkedHashSet<>(offered)),
                List.of(catalog.getFirst()),
                2,
                false,
                OllamaState.UP,
                Optional.empty(),
                Room.UNKNOWN);
    }

    private static ModelName name(int number) {
        return new ModelName("model-" + number + ":latest");
    }

    /** Nothing runs out of time, so that the house stays full. */
    private static SchedulingPolicy policy() {
        Duration forEver = Duration.ofDays(1_000);
        return new SchedulingPolicy(
                2 * WAITING,
                Long.MAX_VALUE,
                forEver,
                Duration.ofSeconds(30),
                2,
                forEver,
                forEver,
                forEver,
                Duration.ZERO);
    }
}
